import type { Language } from './types.ts';

/** Two bodies in Czech; pay in crowns a month before tax. */
export const czech: Language = {
  tag: 'cs',
  thousands: '\u00a0',
  gap: ' ',
  cities: [
    { slug: 'brno', name: 'Brno', districts: ['Židenice', 'Královo Pole', 'Líšeň'] },
    { slug: 'plzen', name: 'Plzeň', districts: ['Doubravka', 'Slovany', 'Bory'] },
    { slug: 'olomouc', name: 'Olomouc', districts: ['Hodolany', 'Řepčín', 'Nová Ulice'] },
  ],
  details: {
    place: ['Místo výkonu práce: {city}, {district}.', 'Najdete nás zde: {city}, část {district}.'],
    team: ['Je nás tu {team} lidí.', 'Tým má v tuto chvíli {team} lidí.'],
    reason: [
      'Místo je nové, protože práce přibývá.',
      'Nastoupíte po kolegovi, který odchází do důchodu a všechno vám předá.',
      'Jde zatím o zástup za rodičovskou dovolenou.',
    ],
    contract: [
      'Smlouva na dobu neurčitou, zkušební doba tři měsíce.',
      'Plný úvazek, po dohodě i zkrácený.',
      'První smlouva je na rok, potom na dobu neurčitou.',
    ],
    start: [
      'Nástup 2. března.',
      'Nástup 1. června.',
      'Nástup možný ihned po skončení výpovědní doby.',
      'Ideální nástup je v září.',
    ],
    pay: [
      'Nabízíme {low} až {high} Kč hrubého měsíčně podle zkušeností.',
      'Mzda: {low}–{high} Kč měsíčně a třináctý plat v prosinci.',
    ],
    perks: [
      'Dovolená je pět týdnů a k tomu tři dny zdravotního volna.',
      'Přispíváme na obědy, na jízdné i na penzijní spoření.',
      'Jednou ročně si vyberete kurz, který vám zaplatíme.',
      'Rozpis služeb znáte měsíc dopředu.',
    ],
    apply: [
      'Pošlete nám životopis a pár vět o sobě.',
      'Rádi vás tu jeden den provedeme, než se rozhodnete.',
      'Odpovíme každému, nejpozději do dvou týdnů.',
    ],
    reference: ['Uveďte prosím značku {reference}.', 'Značka: {reference}'],
  },
  bodies: [
    {
      slug: 'sladek',
      titles: ['Sládek / sládková', 'Druhý sládek (m/ž)', 'Sládek do malého pivovaru'],
      employers: [
        ['Pivovar U Zlaté Veverky', 'plzen'],
        ['Měšťanský pivovar Tři Vrby', 'olomouc'],
        ['Minipivovar Kosí hnízdo', 'brno'],
      ],
      tags: ['pivo', 'potraviny', 'řemeslo', 'směny', 'kvašení'],
      pay: [36000, 46000, 500],
      text: `Vaříme dvanáctku, desítku a třikrát do roka něco, nad čím štamgasti nejdřív kroutí hlavou a potom si objednají druhé. 🍺 Varna má deset hektolitrů, spilka je otevřená a sklep drží celý rok šest stupňů.

Co vás čeká: rmutování, scezování, chmelení, péče o kvasnice, hlídání sklepa a poctivé mytí všeho, co s pivem přijde do styku. Povedete si varní listy a budete mít hlavní slovo při nákupu sladu a chmele. Na sv. Václava pořádáme slavnost, při které pomáhá úplně každý.

Hledáme člověka s výučním listem nebo školou v oboru, s dobrým čichem a ještě lepší trpělivostí. Deputát je dvacet litrů měsíčně, a kdo pivo nepije, dostane limonádu z vlastní výroby.`,
    },
    {
      slug: 'ucitel-matematiky',
      titles: ['Učitel/ka matematiky', 'Učitelka nebo učitel matematiky a fyziky'],
      employers: [
        ['Základní škola Na Kopečku Světa', 'brno'],
        ['Gymnázium Příčná', 'olomouc'],
      ],
      tags: ['škola', 'matematika', 'fyzika', 'děti', 'prázdniny'],
      pay: [41000, 49000, 500],
      decomposed: true,
      text: `„A k čemu mi to bude?“ Tuhle otázku u nás uslyšíte zhruba dvakrát denně a my budeme rádi, když na ni nebudete mít jen jednu odpověď.

Učíte šesté až deváté třídy, v každé je nejvýš dvaadvacet dětí. Stavíme mosty ze špaget, počítáme, kolik vody proteče za hodinu řekou pod školou, a rýsujeme křídou na dvoře ve skutečné velikosti. Chyba je u nás začátek hovoru, ne konec.

Požadujeme pedagogické vzdělání (nebo ochotu si je za naší podpory doplnit), trpělivost a smysl pro humor. Každý nový učitel má prvního půl roku u sebe zkušenou kolegyni, která chodí do hodin pomáhat, ne hodnotit. Kabinet má okno do zahrady, tiskárna většinou tiskne.`,
    },
  ],
};
