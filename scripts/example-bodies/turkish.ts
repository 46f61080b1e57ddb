import type { Language } from './types.ts';

/** Three bodies in Turkish; pay in lira a month. */
export const turkish: Language = {
  tag: 'tr',
  thousands: '.',
  gap: ' ',
  cities: [
    { slug: 'izmir', name: 'İzmir', districts: ['Karşıyaka', 'Bornova', 'Kemeraltı'] },
    { slug: 'bursa', name: 'Bursa', districts: ['Nilüfer', 'Osmangazi', 'Yıldırım'] },
    { slug: 'eskisehir', name: 'Eskişehir', districts: ['Odunpazarı', 'Tepebaşı', 'Bağlar'] },
  ],
  details: {
    place: ['Çalışma yeri: {city}, {district}.', 'Yerimiz: {city}, {district}; otobüs durağı hemen önümüzde.'],
    team: ['Şu anda {team} kişiyiz.', 'Ekibimiz {team} kişiden oluşuyor.'],
    reason: [
      'İşimiz büyüdüğü için açılan yeni bir kadro.',
      'Emekli olan bir arkadaşımızın yerine gelecek, işi ondan öğreneceksiniz.',
      'Doğum izni süresince çalışacak birini arıyoruz, sonrasında kalmanız da mümkün.',
    ],
    contract: [
      'Belirsiz süreli sözleşme, deneme süresi iki ay.',
      'Tam zamanlı; haftada dört gün de konuşulabilir.',
      'İlk sözleşme bir yıllık, sonrası süresiz.',
    ],
    start: [
      'İşe başlama tarihi 2 Mart.',
      '1 Haziran’da başlıyoruz.',
      'Hazır olduğunuzda hemen başlayabilirsiniz.',
      'Eylül ayı bizim için en uygunu.',
    ],
    pay: [
      'Ücret: deneyime göre ayda {low}–{high} TL.',
      'Aylık {low} ile {high} TL arasında net ücret ödüyoruz, altı ayda bir güncelliyoruz.',
    ],
    perks: [
      'Yemek, servis ve özel sağlık sigortası bizden.',
      'Yılda bir eğitim seçersiniz, ücretini biz öderiz.',
      'Vardiyalar bir ay önceden belli olur.',
      'Bayramlarda ikramiye, doğum gününüzde izin var.',
    ],
    apply: [
      'Özgeçmişinizi ve kendinizi anlatan birkaç cümleyi gönderin.',
      'Karar vermeden önce bir gün gelip bizi iş başında görün.',
      'Her başvuruya iki hafta içinde yanıt veririz.',
    ],
    reference: ['Lütfen {reference} numarasını belirtin.', 'İlan no: {reference}'],
  },
  bodies: [
    {
      slug: 'hali-restoratoru',
      titles: ['Halı restoratörü', 'Halı ve kilim onarım ustası'],
      employers: [
        ['Kırmızı Düğüm Halıevi', 'izmir'],
        ['Çınaraltı Dokuma Atölyesi', 'bursa'],
        ['Keklik Gözü Kilim', 'eskisehir'],
      ],
      tags: ['halı', 'restorasyon', 'el sanatları', 'yün', 'doğal boya'],
      pay: [38000, 52000, 500],
      text: `Tezgâhımızda şu sıralar 1870’lerden kalma bir halı var; bir köşesini fareler, ortasını güneş yemiş. Onu yeni gibi göstermeye değil, yüz yıl daha yaşatmaya çalışıyoruz.

Yapacağınız işler: eksik ilmekleri kök boyalı yünle tamamlamak, saçak ve kenar örmek, lekeleri tanıyıp doğru yöntemle temizlemek, her adımı fotoğraflayıp yazıya dökmek. Ceviz kabuğundan ve cehriden kendi boyamızı kaynatıyoruz; elleriniz biraz renkli gezecek.

Dokumayı bilen, gözü renge alışkın, sabırlı birini arıyoruz. Diploma şart değil, ama daha önce onardığınız bir parçayı görmek isteriz. Atölye gün ışığı alır, radyo hep açıktır ve çay hiç bitmez. 🧶`,
    },
    {
      slug: 'otobus-soforu',
      titles: ['Otobüs şoförü', 'Belediye otobüsü şoförü (kadın/erkek)'],
      employers: [
        ['Körfez Yolu Ulaşım', 'izmir'],
        ['Uludağ Etekleri Turizm', 'bursa'],
      ],
      tags: ['ulaşım', 'şoför', 'D sınıfı ehliyet', 'vardiya', 'SRC2'],
      pay: [42000, 54000, 500],
      text: `Sabahın ilk seferinde fırıncılar ve hemşireler, son seferinde garsonlar ve öğrenciler olur. Arada bütün şehir biner iner; kimi günaydın der, kimi camdan dışarı bakar. Hepsini sağ salim götürmek bizim işimiz.

Sizden beklediklerimiz
• D sınıfı ehliyet, SRC2 ve psikoteknik belgesi
• en az iki yıllık ağır vasıta deneyimi
• sert fren yapmayan bir ayak, sert söz söylemeyen bir dil
• engelli yolcu rampasını üşenmeden açan eller

Bizim sunduklarımız
• klimalı, en fazla beş yaşında araçlar
• günde en çok yedi buçuk saat direksiyon, arada gerçek mola
• cezaları şoföre yıkmayan, önce dinleyen bir yönetim`,
    },
    {
      slug: 'fizyoterapist',
      titles: ['Fizyoterapist', 'Fizyoterapist (çocuk rehabilitasyonu)', 'Fizyoterapist / ergoterapist'],
      employers: [
        ['Adım Adım Rehabilitasyon', 'eskisehir'],
        ['Papatya Sağlık Evi', 'izmir'],
        ['Yeşil İğde Fizik Tedavi', 'bursa'],
      ],
      tags: ['sağlık', 'fizyoterapi', 'çocuk', 'rehabilitasyon'],
      pay: [40000, 56000, 500],
      decomposed: true,
      text: `Geçen ay altı yaşındaki Defne, merkezimizin koridorunu ilk kez tutunmadan yürüdü: on bir metre, iki mola, bir alkış tufanı. Biz bu on bir metreler için çalışıyoruz.

Serebral palsili, kas hastalığı olan ya da ameliyattan çıkmış çocuklarla birebir seanslar yapacak, aileler için evde uygulanabilir programlar hazırlayacak, ergoterapist ve psikolog arkadaşlarla her çarşamba vakaları konuşacaksınız. Bir seans 45 dakikadır ve ardından not yazmak için 15 dakikanız vardır; bu süreyi kimse başka randevuyla doldurmaz.

Fizyoterapi lisansı, çocuklarla çalışma isteği ve oyun kurma becerisi bekliyoruz. Bobath eğitimi tercih sebebidir; yoksa birlikte planlarız. Havuzumuz ılık, oyuncak dolabımız kalabalıktır.`,
    },
  ],
};
