import type { Language } from './types.ts';

/** Four bodies in Spanish, set in Spain; pay in euros a year before tax. */
export const spanish: Language = {
  tag: 'es',
  thousands: '.',
  gap: ' ',
  cities: [
    { slug: 'sevilla', name: 'Sevilla', districts: ['Triana', 'La Macarena', 'Nervión'] },
    { slug: 'bilbao', name: 'Bilbao', districts: ['Deusto', 'Santutxu', 'Abando'] },
    { slug: 'granada', name: 'Granada', districts: ['Albaicín', 'Realejo', 'Zaidín'] },
    { slug: 'valencia', name: 'Valencia', districts: ['Ruzafa', 'Benimaclet', 'El Cabanyal'] },
  ],
  details: {
    place: [
      'El puesto está en {city}, en el barrio de {district}.',
      'Lugar de trabajo: {city} ({district}), con parada de autobús en la puerta.',
    ],
    team: ['Ahora mismo somos {team} personas.', 'Te esperan {team} compañeros con ganas de enseñarte.'],
    reason: [
      'Es un puesto nuevo: este año hemos crecido más de lo que pensábamos.',
      'Sustituirás a una compañera que se jubila y que te acompañará las primeras semanas.',
      'Se trata de cubrir una baja de maternidad, con posibilidades reales de continuar.',
    ],
    contract: [
      'Contrato indefinido a jornada completa, con dos meses de prueba.',
      'La jornada es de 37 horas; si prefieres 30, lo hablamos.',
      'Contrato de un año con intención de hacerlo indefinido.',
    ],
    start: [
      'Incorporación el 2 de marzo.',
      'La fecha de inicio es el 1 de junio.',
      'Puedes empezar en cuanto te lo permita tu preaviso.',
      'Nos gustaría contar contigo a partir de septiembre.',
    ],
    pay: [
      'Ofrecemos entre {low} y {high} € brutos al año, según experiencia.',
      'Salario: de {low} a {high} € brutos anuales en catorce pagas.',
    ],
    perks: [
      'Tendrás 25 días laborables de vacaciones.',
      'Pagamos el abono de transporte y media cuota del gimnasio.',
      'Cada año eliges un curso y lo pagamos nosotros, en horario de trabajo.',
      'Los turnos se publican con un mes de antelación.',
      'Si tienes hijos pequeños, adaptamos el horario sin pedir explicaciones.',
    ],
    apply: [
      'Mándanos tu currículum y cuéntanos en cuatro líneas por qué te interesa.',
      'Si quieres, ven a pasar una mañana con nosotros antes de decidirte.',
      'Contestamos a todo el mundo en menos de dos semanas.',
    ],
    reference: ['Indica por favor la referencia {reference}.', 'Ref.: {reference}'],
  },
  bodies: [
    {
      slug: 'guitarrera',
      titles: ['Guitarrero/a', 'Constructor/a de guitarras flamencas', 'Oficial de guitarrería'],
      employers: [
        ['Guitarras Peña Honda', 'granada'],
        ['Taller El Ciprés Sonoro', 'sevilla'],
      ],
      tags: ['madera', 'música', 'artesanía', 'guitarra', 'barnizado'],
      pay: [19000, 25000, 250],
      text: `En este taller se construyen unas cuarenta guitarras al año, y ninguna sale por la puerta hasta que la abuela Encarna la escucha y asiente. Trabajamos con ciprés y palosanto que llevan más de veinte años secándose en el desván.

Buscamos a alguien que sepa curvar aros, ajustar varetas y barnizar a muñequilla, y que no se impaciente: una guitarra buena tarda tres meses. También repararás instrumentos antiguos; el año pasado llegó una de 1897 envuelta en una manta y se fue tocando por soleá.

Pedimos formación en ebanistería o en lutería y, al menos, dos años de oficio. Si además tocas un poco, mejor, porque el que toca oye lo que falta. 🎸 Aquí se come todos los días a las dos, en la misma mesa.`,
    },
    {
      slug: 'enfermera-urgencias',
      titles: [
        'Enfermero/a de urgencias',
        'Enfermera o enfermero (urgencias pediátricas)',
        'Enfermería: unidad de urgencias',
      ],
      employers: [
        ['Hospital Nuestra Señora del Romero', 'valencia'],
        ['Clínica Ría Clara', 'bilbao'],
        ['Centro Sanitario Los Almendros', 'sevilla'],
      ],
      tags: ['sanidad', 'enfermería', 'turnos', 'urgencias', 'pediatría'],
      pay: [27000, 34000, 500],
      text: `¿Qué hay en una noche de urgencias? Un niño con un botón en la nariz, una señora que solo necesita que alguien le tome la tensión y la mano, y de pronto, sin aviso, lo que de verdad no puede esperar. Queremos a alguien que sepa distinguirlo en diez segundos.

Harás triaje, canalizarás vías, prepararás medicación, acompañarás a las familias y formarás a los residentes que llegan en mayo con más miedo que ojeras. Los turnos son de doce horas, nunca más de tres seguidos, y la ratio se cumple: una enfermera por cada cinco boxes.

Necesitas el grado en Enfermería, colegiación en vigor y un año de experiencia hospitalaria. Valoramos el máster en urgencias y que hables otro idioma, también la lengua de signos.`,
    },
    {
      slug: 'tecnico-riego',
      titles: ['Técnico/a de riego', 'Técnica o técnico de riego en olivar'],
      employers: [
        ['Olivares de la Umbría', 'granada'],
        ['Agrícola Tres Norias', 'sevilla'],
      ],
      tags: ['agricultura', 'riego', 'olivar', 'campo', 'sensores', 'carné B'],
      pay: [21000, 27000, 250],
      text: `Tenemos 62.000 olivos, once pozos y cada año un poco menos de agua. El trabajo consiste en que a los árboles no se les note.

Qué harás:
- revisar goteros, bombas y filtros por sectores
- leer los sensores de humedad y decidir, con el agrónomo, cuándo y cuánto se riega
- reparar averías en campo (el barro está incluido)
- enseñar a los temporeros a no pisar las mangueras 😅

Qué pedimos: FP agraria o de electromecánica, carné de conducir, soltura con una hoja de cálculo y ninguna pereza para madrugar en julio. De noviembre a enero, en plena recogida, todos ayudamos en el molino. A cambio te llevas treinta litros del primer aceite, que es verde, pica y no se vende.`,
    },
    {
      slug: 'cocinera-escolar',
      titles: ['Cocinero/a de comedor escolar', 'Cocinera o cocinero para escuela infantil'],
      employers: [
        ['Escuela Infantil El Caracol Azul', 'valencia'],
        ['Ikastola Haritzondo', 'bilbao'],
        ['Comedores La Cuchara Honrada', 'granada'],
      ],
      tags: ['cocina', 'escuela', 'alergias', 'producto de temporada', 'horario de mañana'],
      pay: [18500, 23000, 250],
      text: `Ciento sesenta niños se sientan a comer a las doce y media, y no hay público más sincero. Si las lentejas están sosas, te lo dicen; si están buenas, repiten tres veces y también te lo dicen.

Cocinamos aquí mismo, con verdura de la huerta de al lado, pescado dos veces por semana y ni un solo plato precocinado. Tendrás una ayudante, un horno nuevo y libertad para proponer menús. Hay catorce niños con alergias: sus bandejas se preparan aparte, se etiquetan y se comprueban dos veces, siempre.

Buscamos ciclo de cocina o experiencia demostrable en colectividades, carné de manipulador, orden y buen humor. El horario es de ocho a cuatro, sin noches y sin domingos, con vacaciones escolares. Los viernes los mayores de cinco años amasan el pan contigo.`,
    },
  ],
};
