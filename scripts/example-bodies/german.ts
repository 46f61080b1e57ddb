import type { Language } from './types.ts';

/** Six bodies in German, set in Germany and Austria; pay in euros a month before tax. */
export const german: Language = {
  tag: 'de',
  thousands: '.',
  gap: ' ',
  cities: [
    { slug: 'leipzig', name: 'Leipzig', districts: ['Plagwitz', 'Connewitz', 'Gohlis'] },
    { slug: 'hamburg', name: 'Hamburg', districts: ['Ottensen', 'Wilhelmsburg', 'Barmbek'] },
    { slug: 'freiburg', name: 'Freiburg im Breisgau', districts: ['Wiehre', 'Stühlinger', 'Herdern'] },
    { slug: 'graz', name: 'Graz', districts: ['Lend', 'Geidorf', 'Jakomini'] },
    { slug: 'muenster', name: 'Münster', districts: ['Hiltrup', 'Gievenbeck', 'Kreuzviertel'] },
    { slug: 'wien', name: 'Wien', districts: ['Ottakring', 'Floridsdorf', 'Meidling'] },
  ],
  details: {
    place: [
      'Du arbeitest in {city}, im Stadtteil {district}.',
      'Arbeitsort: {city}, {district}, mit der Straßenbahn gut zu erreichen.',
    ],
    team: ['Wir sind derzeit {team} Leute.', 'Dein Team zählt mit dir {team} Köpfe.'],
    reason: [
      'Die Stelle ist neu, weil wir mehr Aufträge als Hände haben.',
      'Du folgst auf eine Kollegin, die im Sommer in Rente geht und dich vorher in Ruhe einarbeitet.',
      'Gesucht wird zunächst eine Elternzeitvertretung mit guter Aussicht auf mehr.',
    ],
    contract: [
      'Der Vertrag ist unbefristet, die Probezeit dauert sechs Monate.',
      'Vollzeit heißt bei uns 37,5 Stunden; 30 Stunden sind genauso möglich.',
      'Die Stelle ist auf zwei Jahre befristet, eine Übernahme ist ausdrücklich erwünscht.',
    ],
    start: [
      'Los geht es am 1. März.',
      'Beginn ist der 1. Juni.',
      'Eintritt: sobald deine Kündigungsfrist es erlaubt.',
      'Wir denken an den 1. Oktober, früher geht auch.',
    ],
    pay: [
      'Wir zahlen je nach Erfahrung {low} bis {high} € brutto im Monat.',
      'Gehalt: {low} bis {high} € monatlich, dazu ein halbes Monatsgehalt im November.',
    ],
    perks: [
      'Du bekommst 30 Tage Urlaub, Heiligabend und Silvester sind zusätzlich frei.',
      'Das Nahverkehrsticket zahlen wir, auf Wunsch auch ein Leasingrad.',
      'Eine Fortbildung im Jahr suchst du dir selbst aus, die Zeit dafür gehört dazu.',
      'Der Dienstplan steht sechs Wochen im Voraus und wird nicht über deinen Kopf geändert.',
      'Für Kinder unter sechs Jahren geben wir einen Zuschuss zum Kitaplatz.',
    ],
    apply: [
      'Schick uns deinen Lebenslauf und drei Sätze dazu, warum du kommen willst; mehr brauchen wir nicht.',
      'Am liebsten lernen wir dich bei einem Probetag kennen, den wir selbstverständlich bezahlen.',
      'Wir antworten auf jede Bewerbung innerhalb von zwei Wochen.',
    ],
    reference: ['Bitte gib die Kennziffer {reference} an.', 'Kennziffer: {reference}'],
  },
  bodies: [
    {
      slug: 'baecker',
      titles: ['Bäcker (m/w/d)', 'Bäckergesellin / Bäckergeselle', 'Bäcker (m/w/d) für Sauerteigbrot'],
      employers: [
        ['Backstube Morgenkranich', 'leipzig'],
        ['Brotwerk Siebenkorn & Söhne', 'muenster'],
        ['Bäckerei Zur Roten Mühle', 'graz'],
      ],
      tags: ['Handwerk', 'Bäckerei', 'Sauerteig', 'Frühschicht', 'Ausbildung'],
      pay: [2600, 3100, 50],
      text: `Unser Sauerteig ist älter als die meisten von uns: Seit 1964 wird er jeden Abend gefüttert, auch an Weihnachten. Daraus backen wir elf Sorten Brot, dazu Semmeln, Hörnchen und freitags Zwiebelkuchen. 🥖

Deine Aufgaben:
– Teige führen, wirken und aufarbeiten, überwiegend von Hand
– den Holzofen beschicken (wir bringen es dir bei)
– Lehrlinge anleiten und mit ihnen neue Rezepte ausprobieren

Du hast eine abgeschlossene Ausbildung oder viele Jahre am Ofen, stehst gern früh auf und merkst an der Kruste, dass die Stockgare zu kurz war. Wir beginnen um drei Uhr, um elf ist Feierabend. Sonntags bleibt der Ofen kalt. Für den Sommer haben wir eine Lüftung eingebaut, die ihren Namen verdient.`,
    },
    {
      slug: 'pflegefachkraft',
      titles: [
        'Pflegefachkraft (m/w/d)',
        'Pflegefachfrau / Pflegefachmann Nachtdienst',
        'Gesundheits- und Krankenpfleger (m/w/d)',
      ],
      employers: [
        ['Haus Ährengrund', 'freiburg'],
        ['Klinik am Möwensteig', 'hamburg'],
        ['Pflegeverbund Lindenstein', 'wien'],
      ],
      tags: ['Pflege', 'Klinik', 'Schichtdienst', 'Gesundheit', 'Geriatrie', 'Tarifvertrag'],
      pay: [3400, 4100, 50],
      text: `Auf unserer Station liegen achtzehn Menschen, die meisten über achtzig, viele nach einem Sturz. Sie wollen wieder nach Hause, und etwa drei von vier schaffen es auch. Daran hast du deinen Anteil.

Du planst und übernimmst die Grund- und Behandlungspflege, übst mit den Patientinnen und Patienten Aufstehen, Gehen und Treppensteigen, sprichst mit Angehörigen und dokumentierst am Tablet statt auf Zetteln. Tagsüber bist du für höchstens sechs Menschen zuständig, nachts seid ihr immer zu zweit.

Du bist examiniert, bleibst freundlich, wenn es hektisch wird, und fragst nach, wenn dir eine Anordnung seltsam vorkommt. Wir bezahlen Überstunden, statt sie zu verwalten, und holen niemanden aus dem Frei: Dafür gibt es einen Springerdienst, der diesen Namen verdient.`,
    },
    {
      slug: 'softwareentwicklerin',
      titles: [
        'Softwareentwickler:in TypeScript',
        'Softwareentwicklerin / Softwareentwickler',
        'Backend-Entwickler (m/w/d)',
      ],
      employers: [
        ['Kieselbach Fahrplantechnik', 'leipzig'],
        ['Dreizehnrad Software', 'hamburg'],
        ['Weichenwerk Datensysteme', 'wien'],
      ],
      tags: ['TypeScript', 'Node.js', 'SQLite', 'Bahn', 'Homeoffice', 'Open Source'],
      pay: [4600, 5900, 100],
      text: `Wenn an einem Bahnhof die Anzeige stimmt, merkt es niemand. Genau das ist unser Ziel. Wir rechnen für 31 Verkehrsbetriebe aus, wann der nächste Bus wirklich kommt, und zeigen es auf 2.400 Tafeln an.

Du entwickelst an den Diensten, die Meldungen aus Fahrzeugen entgegennehmen, prüfen und weitergeben. Geschrieben sind sie in TypeScript, gespeichert wird in SQLite, getestet wird alles, was schon einmal kaputt war. Code-Reviews sind bei uns Gespräche und keine Prüfungen.

Du schreibst Code, den andere gern lesen, kennst den Unterschied zwischen „läuft bei mir“ und „läuft“, und kannst einer Disponentin erklären, was ein Zeitstempel mit Sommerzeit zu tun hat. Ein Studium ist schön, aber kein Muss. Zwei Tage in der Woche sind alle im Büro, an den anderen entscheidest du.`,
    },
    {
      slug: 'strassenbahnfahrer',
      titles: ['Straßenbahnfahrer (m/w/d)', 'Straßenbahnfahrerin / Straßenbahnfahrer (Quereinstieg)'],
      employers: [
        ['Stadtgleis Verkehrsgesellschaft', 'leipzig'],
        ['Murtalbahnen Nahverkehr', 'graz'],
        ['Dreisam-Tram Betriebe', 'freiburg'],
      ],
      tags: ['Nahverkehr', 'Quereinstieg', 'Schichtdienst', 'Straßenbahn'],
      pay: [2900, 3300, 50],
      text: `Siebenunddreißig Tonnen, 250 Fahrgäste und ein Bremsweg, den man im Gefühl haben muss: Straßenbahn fahren lernt man nicht nebenbei. Deshalb bilden wir dich vier Monate lang aus, bei vollem Gehalt, auch wenn du bisher Köchin, Tischler oder Lehrer warst.

Danach fährst du auf neun Linien in Früh-, Spät- und Wochenenddiensten. Du gibst Auskunft, hilfst beim Einsteigen, meldest Störungen und bleibst ruhig, wenn mitten auf dem Gleis ein Lieferwagen parkt.

Das solltest du mitbringen: mindestens 21 Jahre, Führerschein Klasse B seit zwei Jahren, gute Augen (Brille ist in Ordnung), Deutsch, das auch über Lautsprecher ankommt. Geteilte Dienste haben wir abgeschafft. 🚋`,
    },
    {
      slug: 'orgelbauer',
      titles: ['Orgelbauerin / Orgelbauer', 'Orgel- und Harmoniumbauer (m/w/d)'],
      employers: [
        ['Orgelwerkstatt Hollerbusch', 'muenster'],
        ['Pfeifen & Windladen Zwetschkenried', 'graz'],
      ],
      tags: ['Handwerk', 'Orgelbau', 'Holz', 'Musik', 'Montage', 'Restaurierung'],
      pay: [2800, 3400, 50],
      decomposed: true,
      text: `Zurzeit liegt eine Dorforgel von 1789 in 1.132 Einzelteilen auf unseren Tischen. Bis zum Advent soll sie wieder klingen. Danach bauen wir ein neues Instrument für eine Musikhochschule, 38 Register, mechanische Traktur.

Du stellst Windladen, Gehäuse und Trakturen her, gießt und lötest Pfeifen oder intonierst sie, je nachdem, wo deine Stärken liegen. Ungefähr acht Wochen im Jahr bist du auf Montage; Unterkunft und Auslöse regeln wir so, dass niemand draufzahlt.

Wir wünschen uns eine abgeschlossene Lehre im Orgelbau oder eine Tischlerlehre und ein feines Gehör. Wer nachts wach liegt, weil eine Mixtur nicht aufgeht, ist bei uns unter seinesgleichen. Die Werkstatt ist hell, die Absaugung neu und die Kaffeemaschine älter als die Orgel.`,
    },
    {
      slug: 'erzieherin',
      titles: ['Erzieherin / Erzieher', 'Erzieher (m/w/d) im Waldkindergarten'],
      employers: [
        ['Kinderhaus Zaunkönig', 'freiburg'],
        ['Waldkinder Eichelhäher', 'muenster'],
        ['Kita Pfützenspringer', 'hamburg'],
      ],
      tags: ['Pädagogik', 'Kita', 'Kinder', 'draußen', 'Natur'],
      pay: [3100, 3700, 50],
      text: `Bei uns gibt es kein schlechtes Wetter, nur nasse Socken, und davon viele. Zwanzig Kinder zwischen drei und sechs sind jeden Tag draußen: am Bach, im Lehmloch, im Gemüsegarten und, wenn es stürmt, im Bauwagen mit dem Ofen.

Du begleitest die Kinder beim Schnitzen, Streiten und Versöhnen, beobachtest, was sie gerade beschäftigt, und hältst es so fest, dass Eltern es gern lesen. Jede Gruppe hat drei Fachkräfte, und diese Zahl gilt auch im Februar.

Du bist staatlich anerkannte Erzieherin oder Kindheitspädagoge, kannst eine Amsel von einem Star unterscheiden oder möchtest es lernen, und findest Matsch nicht schlimm. 🌧️ Vier Stunden pro Woche sind fest für Vorbereitung reserviert; die Regenkleidung stellen wir.`,
    },
  ],
};
