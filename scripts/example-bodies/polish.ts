import type { Language } from './types.ts';

/** Three bodies in Polish; pay in zlotys a month before tax. */
export const polish: Language = {
  tag: 'pl',
  thousands: '\u00a0',
  gap: ' ',
  cities: [
    { slug: 'gdansk', name: 'Gdańsk', districts: ['Wrzeszcz', 'Oliwa', 'Nowy Port'] },
    { slug: 'krakow', name: 'Kraków', districts: ['Podgórze', 'Krowodrza', 'Nowa Huta'] },
    { slug: 'lodz', name: 'Łódź', districts: ['Bałuty', 'Widzew', 'Polesie'] },
  ],
  details: {
    place: [
      'Miejsce pracy: {city}, dzielnica {district}.',
      'Lokalizacja: {city}, {district}, przystanek tuż pod drzwiami.',
    ],
    team: ['Zespół liczy obecnie {team} osób.', 'Jest nas {team} osób i dobrze nam się razem pracuje.'],
    reason: [
      'To nowe stanowisko, bo zamówień przybywa.',
      'Zastąpisz koleżankę, która odchodzi na emeryturę i spokojnie wprowadzi Cię w obowiązki.',
      'Szukamy zastępstwa na czas urlopu rodzicielskiego, z dużą szansą na stałe zatrudnienie.',
    ],
    contract: [
      'Umowa o pracę na czas nieokreślony po trzymiesięcznym okresie próbnym.',
      'Pełny etat; trzy czwarte etatu też wchodzi w grę.',
      'Pierwsza umowa na rok, kolejna już bezterminowo.',
    ],
    start: [
      'Początek pracy: 2 marca.',
      'Zaczynamy 1 czerwca.',
      'Możesz zacząć, gdy tylko skończy Ci się okres wypowiedzenia.',
      'Najchętniej od września, ale wcześniej też się uda.',
    ],
    pay: [
      'Wynagrodzenie: od {low} do {high} zł brutto miesięcznie, zależnie od doświadczenia.',
      'Płacimy {low}–{high} zł brutto, zawsze do ostatniego dnia miesiąca.',
    ],
    perks: [
      'Dostajesz prywatną opiekę medyczną i bilet miesięczny.',
      'Raz w roku wybierasz szkolenie, a my za nie płacimy.',
      'Grafik jest znany z miesięcznym wyprzedzeniem.',
      'Zapewniamy dofinansowanie do wakacji i paczki dla dzieci na święta.',
      'Na miejscu jest stołówka, w której pierogi lepi się ręcznie.',
    ],
    apply: [
      'Wyślij CV i kilka zdań o sobie; list motywacyjny nie jest potrzebny.',
      'Zapraszamy na płatny dzień próbny, żebyś zobaczył nas przy pracy.',
      'Odpowiadamy na każde zgłoszenie w ciągu dwóch tygodni.',
    ],
    reference: ['Prosimy o podanie numeru {reference}.', 'Nr ref. {reference}'],
  },
  bodies: [
    {
      slug: 'spawacz',
      titles: ['Spawacz stoczniowy', 'Spawacz MAG/TIG (k/m)', 'Spawaczka / spawacz konstrukcji okrętowych'],
      employers: [
        ['Stocznia Biała Czapla', 'gdansk'],
        ['Stalbud Mewa', 'gdansk'],
        ['Konstrukcje Żelazny Bór', 'lodz'],
      ],
      tags: ['spawanie', 'MAG', 'TIG', 'stocznia', 'zmiany', 'UDT'],
      pay: [7800, 9900, 100],
      text: `Prom, który właśnie budujemy, będzie miał 128 metrów długości i około 90 kilometrów spoin. Każdą z nich ktoś musi położyć tak, żeby za trzydzieści lat nadal nie trzeba było o niej myśleć.

Co będziesz robić:
– spawać sekcje kadłuba metodą MAG (136) oraz rurociągi metodą TIG (141)
– czytać rysunki i pilnować kolejności spawania, bo blacha pamięta ciepło
– współpracować z kontrolą jakości, która jest wymagająca, ale uprzejma

Oczekujemy aktualnych uprawnień, dwóch lat praktyki i uczciwości: jeśli coś nie wyszło, mówimy o tym od razu. Hala jest ogrzewana, przyłbice mają nawiew, a po każdych dwóch godzinach jest prawdziwa przerwa. ⚓`,
    },
    {
      slug: 'ratownik-medyczny',
      titles: ['Ratownik medyczny (k/m)', 'Ratowniczka medyczna / ratownik medyczny'],
      employers: [
        ['Pogotowie Czerwona Jarzębina', 'krakow'],
        ['Szpital Pod Trzema Lipami', 'lodz'],
      ],
      tags: ['medycyna', 'ratownictwo', 'dyżury', 'prawo jazdy C', 'zdrowie'],
      pay: [7200, 8900, 100],
      text: `Między telefonem a drzwiami pacjenta mija u nas średnio siedem minut i czterdzieści sekund. W tym czasie trzeba zdążyć się zapiąć, pomyśleć i nie zjeść kanapki, na którą ma się ochotę od rana.

Jeździsz w zespole trzyosobowym, zawsze z tym samym kierowcą i lekarzem, bo ludzie, którzy się znają, popełniają mniej błędów. Dyżury trwają dwanaście godzin, po nocnym masz co najmniej dwa dni wolne. Po trudnych wyjazdach nikt nie zostaje sam: rozmowa z psychologiem jest normalną częścią pracy, a nie karą.

Wymagamy wykształcenia kierunkowego, prawa wykonywania zawodu i odporności na schody, bo wind w kamienicach jest mało. Karetki mają najwyżej trzy lata, a nosze podnoszą się same.`,
    },
    {
      slug: 'bibliotekarz',
      titles: ['Bibliotekarka / bibliotekarz', 'Bibliotekarz w oddziale dla dzieci (k/m)'],
      employers: [
        ['Biblioteka Pod Żyrafą', 'lodz'],
        ['Czytelnia Zielony Piec', 'krakow'],
        ['Mediateka Nad Motławą', 'gdansk'],
      ],
      tags: ['książki', 'kultura', 'dzieci', 'biblioteka', 'zajęcia'],
      pay: [5200, 6300, 50],
      decomposed: true,
      text: `W zeszłym roku wypożyczyliśmy 61 tysięcy książek, z czego jedna wróciła po dwudziestu sześciu latach, z przeprosinami i słoikiem konfitur. 📚

Szukamy osoby, która potrafi znaleźć „tę niebieską o psie, co była w telewizji”, poprowadzić zajęcia dla pięciolatków i cierpliwie pomóc seniorce założyć konto pocztowe. Będziesz też opracowywać nowości w katalogu, odkurzać półki z poezją (dosłownie i w przenośni) oraz raz w miesiącu prowadzić dyskusyjny klub książki, w którym zdarza się, że ktoś rzeczywiście przeczytał książkę.

Mile widziane studia z bibliotekoznawstwa lub pedagogiki, ale ważniejsza jest ciekawość ludzi. Pracujemy w jednej zmianie do dziewiętnastej, a w sobotę raz na trzy tygodnie. Książki pożyczasz bez limitu.`,
    },
  ],
};
