import type { Language } from './types.ts';

/** Three bodies in Italian; pay in euros a month before tax. */
export const italian: Language = {
  tag: 'it',
  thousands: '.',
  gap: ' ',
  cities: [
    { slug: 'cremona', name: 'Cremona', districts: ['Porta Po', 'Cambonino', 'Porta Romana'] },
    { slug: 'bologna', name: 'Bologna', districts: ['Bolognina', 'San Donato', 'Saragozza'] },
    { slug: 'napoli', name: 'Napoli', districts: ['Vomero', 'Sanità', 'Chiaia'] },
    { slug: 'trieste', name: 'Trieste', districts: ['Barriera Vecchia', 'San Giacomo', 'Roiano'] },
  ],
  details: {
    place: ['La sede di lavoro è a {city}, zona {district}.', 'Dove: {city}, quartiere {district}.'],
    team: ['Al momento siamo in {team}.', 'Entrerai in una squadra di {team} persone.'],
    reason: [
      'La posizione è nuova, perché il lavoro è cresciuto.',
      'Prenderai il posto di un collega che va in pensione e che ti affiancherà per due mesi.',
      'Si tratta di una sostituzione di maternità, con buone prospettive di restare.',
    ],
    contract: [
      'Contratto a tempo indeterminato, periodo di prova di due mesi.',
      'L’orario è di 38 ore; il part-time si può concordare.',
      'Contratto di dodici mesi, che contiamo di trasformare in indeterminato.',
    ],
    start: [
      'Si comincia il 2 marzo.',
      'Inizio previsto: 1° giugno.',
      'Puoi iniziare appena finisce il tuo preavviso.',
      'Pensiamo a settembre, ma anche prima va bene.',
    ],
    pay: [
      'Offriamo da {low} a {high} € lordi al mese, secondo l’esperienza.',
      'Retribuzione: {low}–{high} € lordi mensili per quattordici mensilità.',
    ],
    perks: [
      'I buoni pasto sono da 8 euro e le ferie di 26 giorni.',
      'L’abbonamento dell’autobus lo paghiamo noi.',
      'Ogni anno scegli un corso: costo e ore sono a carico nostro.',
      'I turni si sanno con un mese di anticipo.',
      'Chi compie gli anni resta a casa: è un giorno di ferie in più.',
    ],
    apply: [
      'Scrivici due righe e allega il curriculum; la foto non serve.',
      'Vieni a trovarci per una giornata di prova, retribuita.',
      'Rispondiamo a tutti entro due settimane.',
    ],
    reference: ['Indicare il riferimento {reference}.', 'Rif. {reference}'],
  },
  bodies: [
    {
      slug: 'liutaio',
      titles: ['Liutaio / liutaia', 'Liutaia o liutaio per restauro di archi'],
      employers: [
        ['Liuteria Tiglio Vecchio', 'cremona'],
        ['Bottega Sei Bischeri', 'bologna'],
        ['Archi e Volute', 'trieste'],
      ],
      tags: ['liuteria', 'violino', 'artigianato', 'restauro', 'legno', 'musica'],
      pay: [1700, 2300, 50],
      text: `Sul banco, in questo momento, c’è una viola del 1820 con il fondo aperto e accanto un violoncello nuovo che aspetta la vernice. La bottega vive di queste due cose: riparare bene ciò che hanno fatto gli altri e costruire qualcosa che, fra due secoli, qualcuno vorrà riparare.

Ti occuperai di montature, anime e ponticelli, di incollature e rappezzi, e con il tempo di strumenti interamente tuoi. I musicisti passano senza appuntamento, quasi sempre la vigilia di un concerto: serve mano ferma, orecchio e molta gentilezza.

Chiediamo il diploma di una scuola di liuteria oppure tre anni in bottega. Non usiamo vernici sintetiche e non firmiamo strumenti altrui. La luce viene da nord, il caffè dalla moka. 🎻`,
    },
    {
      slug: 'gelatiere',
      titles: ['Gelatiere / gelatiera', 'Gelatiere artigianale (m/f)', 'Aiuto gelatiere (m/f)'],
      employers: [
        ['Gelateria Neve d’Agosto', 'napoli'],
        ['Gelateria Il Cucchiaino Storto', 'bologna'],
        ['Cremeria Bora Dolce', 'trieste'],
      ],
      tags: ['gelato', 'stagionale', 'artigianato', 'HACCP', 'food'],
      pay: [1500, 1950, 50],
      decomposed: true,
      text: `Il pistacchio arriva in sacchi, il latte alle sei del mattino, i limoni dall’albero della zia. Non c’è altro segreto, a parte la pazienza. 🍦

Preparerai basi e sorbetti, bilancerai le ricette (sì, con la calcolatrice: lo zucchero non è un’opinione), terrai pulito il laboratorio e, nelle sere d’estate, darai una mano al banco, dove la fila arriva fino alla fontana. D’inverno facciamo cioccolata, panettoni e prove di gusti nuovi: l’anno scorso ha vinto ricotta, fichi e perché no.

Cerchiamo una persona precisa, veloce e curiosa. L’esperienza in pasticceria aiuta, ma abbiamo insegnato il mestiere anche a un ex geometra. Serve l’attestato HACCP. La domenica si lavora a turno, una su tre.`,
    },
    {
      slug: 'restauratrice-affreschi',
      titles: ['Restauratrice / restauratore di affreschi', 'Restauratore di beni culturali, superfici dipinte (m/f)'],
      employers: [
        ['Intonaco & Luce Restauri', 'napoli'],
        ['Cooperativa Calce Viva', 'bologna'],
      ],
      tags: ['restauro', 'affresco', 'beni culturali', 'cantiere', 'arte'],
      pay: [1900, 2500, 50],
      text: `Sotto quattro mani di bianco, in una chiesa chiusa dal terremoto, sono comparsi i piedi di un santo e la coda di un cane. Il resto è ancora lì sotto: lo scopriremo insieme, un centimetro quadrato alla volta.

Il lavoro comprende:
· saggi stratigrafici e documentazione fotografica
· consolidamento dell’intonaco, pulitura, stuccature a calce
· ritocco pittorico a tratteggio, dove serve e solo lì
· relazioni per la Soprintendenza, scritte in italiano comprensibile

Requisiti: laurea abilitante in restauro (PFP1), capacità di stare otto ore su un ponteggio senza perdere l’allegria, patente. In cantiere si parla piano e si ascolta la radio a turno. Le trasferte sono pagate, e il venerdì si torna a casa presto.`,
    },
  ],
};
