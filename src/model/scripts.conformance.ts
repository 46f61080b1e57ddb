/**
 * Search in twelve scripts, as users expect it: one table for the tests of `terms` and for the conformance suite of the
 * view's adapters, which have to find the same.
 */

/** One text, its terms, and queries that have to find it or not. */
export interface ScriptExample {
  readonly script: string;
  readonly text: string;
  readonly terms: readonly string[];
  readonly found: readonly string[];
  readonly notFound: readonly string[];
}

/** No text is found by another's queries. */
export const SCRIPTS: readonly ScriptExample[] = [
  {
    script: 'Latin with accents',
    text: 'Crème brûlée – Straße in Łódź, ŒUVRE, Øresund; ﬁnance',
    terms: ['creme', 'brulee', 'strasse', 'in', 'lodz', 'oeuvre', 'oresund', 'finance'],
    found: [
      'creme',
      'CRÈME',
      'cre\u0300me',
      'cr',
      'strasse',
      'STRASSE',
      'straße',
      'lodz',
      'Łód',
      'œuvre',
      'øresund',
      'fi',
    ],
    notFound: ['reme', 'cremes', 'strase'],
  },
  {
    script: 'Greek',
    text: 'Ο Οδυσσέας, ΜΗΧΑΝΙΚΟΣ λογισμικού',
    terms: ['ο', 'οδυσσεασ', 'μηχανικοσ', 'λογισμικου'],
    found: ['οδυσσέας', 'ΟΔΥΣΣΕΑΣ', 'μηχανικός', 'μηχανικοσ', 'λογ', 'ο'],
    notFound: ['ικος', 'λ'],
  },
  {
    script: 'Cyrillic',
    text: 'Подъёмный кран, ЙОГУРТ, Київ',
    terms: ['подъемныи', 'кран', 'иогурт', 'киів'],
    found: ['подъемный', 'ПОДЪЁМНЫЙ', 'йогурт', 'кр', 'київ'],
    notFound: ['ран', 'к'],
  },
  {
    script: 'Hebrew',
    text: 'שָׁלוֹם עוֹלָם, מפתח',
    terms: ['שלום', 'עולם', 'מפתח'],
    found: ['שלום', 'שָׁלוֹם', 'עול', 'מפתח'],
    notFound: ['לום'],
  },
  {
    script: 'Arabic',
    text: 'مُحَمَّد مُطَوِّر برمجيات، إيران',
    terms: ['محمد', 'مطور', 'برمجيات', 'ايران'],
    found: ['محمد', 'مُحَمَّد', 'محـمد', 'مطو', 'برمجیات', 'ايران'],
    notFound: ['حمد'],
  },
  {
    script: 'Devanagari',
    text: 'हिन्दी में सॉफ़्टवेयर इंजीनियर',
    terms: ['हिन्दी', 'में', 'सॉफ्टवेयर', 'इंजीनियर'],
    found: ['हिन्दी', 'हिन्', 'सॉफ़्टवेयर', 'सॉफ्टवेयर', 'इंजी'],
    notFound: ['हन्दी', 'हिन्दा', 'न्दी'],
  },
  {
    script: 'Thai',
    text: 'นักพัฒนา ที่กรุงเทพ',
    terms: ['นั', 'ัก', 'กพ', 'พั', 'ัฒ', 'ฒน', 'นา', 'า', 'ที', 'ี่', '่ก', 'กร', 'รุ', 'ุง', 'งเ', 'เท', 'ทพ', 'พ'],
    found: ['พัฒนา', 'กรุงเทพ', 'เทพ', 'ฒ', 'พ'],
    notFound: ['พฒนา', 'เชียงใหม่'],
  },
  {
    script: 'Chinese',
    text: '招聘软件工程师，北京',
    terms: ['招聘', '聘软', '软件', '件工', '工程', '程师', '师', '北京', '京'],
    found: ['软件', '软件工程师', '北京', '聘', '师'],
    notFound: ['程工', '京北', '师北', '上海'],
  },
  {
    script: 'Japanese',
    text: '東京でｶﾌｪ。がくせい',
    terms: ['東京', '京で', 'でカ', 'カフ', 'フェ', 'ェ', 'がく', 'くせ', 'せい', 'い'],
    found: ['東京', '東', 'で', 'カフェ', 'ｶﾌｪ', '京でカ', 'がくせい'],
    notFound: ['大阪', 'かくせい', 'フカ'],
  },
  {
    script: 'Korean',
    text: '서울 소프트웨어 개발자',
    terms: ['서울', '소프트웨어', '개발자'],
    found: ['서울', '개발자', '개발', '소프트', '개발자'.normalize('NFD')],
    notFound: ['발자', '부산', '개'],
  },
  {
    // An emoji is neither letter nor digit: it is passed over, and a query of emoji alone has no term.
    script: 'emoji',
    text: '🚀Rocket👩🏽‍💻c++ 🎉',
    terms: ['rocket', 'c'],
    found: ['rocket', '🚀 rocket', 'rocket🎉', 'c'],
    notFound: ['cpp'],
  },
  {
    script: 'digits',
    text: '２０２４ ٢٠٢٥ ४२ x² 10000',
    terms: ['2024', '2025', '42', 'x2', '10000'],
    found: ['2024', '２０２４', '٢٠٢٤', '2025', '42', '४२', 'x2', '100'],
    notFound: ['024', '1', '4'],
  },
];
