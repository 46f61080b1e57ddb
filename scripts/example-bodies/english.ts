import type { Language } from './types.ts';

/** Seven bodies in English, set in Britain and Northern Ireland; pay in pounds a year. */
export const english: Language = {
  tag: 'en',
  thousands: ',',
  gap: ' ',
  cities: [
    { slug: 'glasgow', name: 'Glasgow', districts: ['Govan', 'Partick', 'Dennistoun'] },
    { slug: 'leeds', name: 'Leeds', districts: ['Holbeck', 'Headingley', 'Chapel Allerton'] },
    { slug: 'bristol', name: 'Bristol', districts: ['Bedminster', 'Easton', 'Clifton'] },
    { slug: 'norwich', name: 'Norwich', districts: ['Lakenham', 'Heartsease', 'Eaton'] },
    { slug: 'belfast', name: 'Belfast', districts: ['Titanic Quarter', 'Ormeau', 'Stranmillis'] },
    { slug: 'cardiff', name: 'Cardiff', districts: ['Splott', 'Canton', 'Cathays'] },
  ],
  details: {
    place: [
      'You will be based in {district}, {city}.',
      'Our door is in {district}, ten minutes by bus from the centre of {city}.',
    ],
    team: [
      'There are {team} of us at the moment.',
      'You join a team of {team}, most of whom have been here for years.',
    ],
    reason: [
      'The post is new: we have more work than hands.',
      'You would follow a colleague who retires this year and who will show you everything first.',
      'We are hiring because one of us is going on parental leave and has already promised to come back.',
    ],
    contract: [
      'It is a permanent, full-time contract with a three-month trial period.',
      'Four days a week are as welcome as five.',
      'The contract runs for two years, and we mean to make it permanent.',
    ],
    start: [
      'We would like you to start on 1 March.',
      'The start date is 4 May.',
      'You can start as soon as your notice period allows.',
      'We have September in mind, but earlier is possible.',
    ],
    pay: [
      'We pay between £{low} and £{high} a year, depending on experience.',
      'Salary: £{low} to £{high}, reviewed every April.',
    ],
    perks: [
      'You get 28 days of holiday on top of the public ones.',
      'We pay for one course a year that you choose yourself.',
      'There is a cycle-to-work scheme, a dry place for the bike and a shower.',
      'There is a proper kitchen, and on Wednesdays somebody cooks for everyone.',
      'The pension contribution is 9 per cent from your first month.',
    ],
    apply: [
      'Send us a CV and a few lines about work you are proud of. No cover letter needed.',
      'Come by for an hour before you decide; we are glad to show you round.',
      'We answer every application within ten working days, also when the answer is no.',
    ],
    reference: ['Please quote reference {reference}.', 'Reference: {reference}'],
  },
  bodies: [
    {
      slug: 'data-engineer',
      titles: ['Data Engineer', 'Senior Data Engineer, Streaming', 'Data Engineer (Kafka and SQL)'],
      employers: [
        ['Tidewrack Analytics', 'glasgow'],
        ['Plover & Quill Metering', 'leeds'],
        ['Harebell Energy Forecasts', 'bristol'],
      ],
      tags: ['kafka', 'sql', 'python', 'streaming', 'remote', 'on-call', 'energy'],
      pay: [52000, 68000, 1000],
      text: `Every fifteen minutes about 40,000 meters tell us how much power went through them, and by then somebody already wants to know why the number is odd. You will own the pipeline between the two: the topics, the tables built from them, and the checks that tell us when a meter is lying.

What you will do in the first half-year:
- replace our nightly batch job with a stream that can be replayed from the start
- write down what "late" means for each source, together with the analysts
- take your turn on call, one week in six (it rang twice last winter)

You know SQL so well that you read query plans for fun, you have run Kafka or something like it in production, and you have deleted the wrong table once and can tell us what you changed afterwards. 🙂`,
    },
    {
      slug: 'crane-operator',
      titles: ['Tower Crane Operator', 'Crane Operator, Dock Cranes'],
      employers: [
        ['Corrie & Skelf Lifting', 'glasgow'],
        ['Lagan Hook Stevedores', 'belfast'],
        ['Severnside Heavy Lifts', 'bristol'],
      ],
      tags: ['crane', 'CPCS', 'construction', 'shift work', 'port'],
      pay: [38000, 47000, 500],
      text: `From the cab you see the whole estuary, and on a clear day the hills behind it. Mostly, though, you look at a hook, a load and the slinger's hands. We lift precast stairs, ship's engines and, twice a year, the big organ pipes that a neighbour restores.

We expect a valid CPCS A04 or NPORS card, at least three years in the seat, and the calm to say "no, the wind is at 38 mph, we wait" to somebody in a hurry. Nobody here has ever been told off for stopping a lift.

You work early or late weeks in turn, never nights. The cab is heated, the lift to it works, and we pay for your medicals and for renewing your card.`,
    },
    {
      slug: 'community-nurse',
      titles: ['Community Nurse', 'Community Staff Nurse (Adult)', 'District Nurse'],
      employers: [
        ['Marigold Lane Health Partnership', 'leeds'],
        ['Broadwater Home Nursing', 'norwich'],
        ['Taff Bank Community Care', 'cardiff'],
      ],
      tags: ['nursing', 'NMC', 'home visits', 'wound care', 'driving licence', 'health'],
      pay: [33000, 41000, 500],
      text: `Mrs Okafor needs her dressing changed, Mr Pryce's blood sugar has been wandering, and the new patient in the top flat has not opened the door since Tuesday. If you can picture a day like that without sighing, we should meet.

You visit nine to eleven people a day in their own homes: wound care, insulin, catheters, end-of-life care, and a good deal of listening. You plan your own round on a tablet, and you may move a visit when somebody needs you longer.

Please bring NMC registration, a driving licence, a year of experience on a ward or in the community, and the habit of writing notes that the next nurse can use. We bring pool cars with winter tyres, a clinical supervisor who picks up the phone, and no visits after 8 p.m.`,
    },
    {
      slug: 'violin-teacher',
      titles: ['Violin Teacher', 'Teacher of Violin and Viola', 'Violin Teacher (Beginners to Grade 8)'],
      employers: [
        ['Four Swifts Music School', 'bristol'],
        ['The Gut String Academy', 'norwich'],
      ],
      tags: ['music', 'violin', 'teaching', 'children', 'part-time'],
      pay: [27000, 34000, 500],
      text: `Our school sits above a cafe\u0301, which has heard "Twinkle, Twinkle" more often than anyone should and still sends up cake. About 140 pupils come here between the ages of five and seventy-eight; thirty-five of them would be yours.

You teach one to one and in pairs, lead the junior strings on Friday afternoons, and play in the teachers' concert in June, which is less solemn than it sounds. Some pupils will go to a conservatoire. Most will not, and they deserve lessons just as good.

You have a degree in music or a long and happy practice of teaching, an enhanced DBS check or the willingness to get one, and ways of explaining a bow hold that do not begin with "just relax". Spare strings, mutes and small-size instruments are in the cupboard. 🎻`,
    },
    {
      slug: 'wind-turbine-technician',
      titles: ['Wind Turbine Technician', 'Offshore Wind Technician', 'Wind Turbine Service Technician'],
      employers: [
        ['Gannet Head Renewables', 'norwich'],
        ['Northlight Blade & Tower', 'belfast'],
        ['Three Fulmars Wind Services', 'glasgow'],
      ],
      tags: ['wind', 'GWO', 'electrical', 'offshore', 'heights', 'renewables', 'shift work'],
      pay: [36000, 45000, 500],
      text: `The boat leaves at 6.40 and the first ladder is 84 metres high. After that, the office has the best view in the country.

You and two colleagues look after 62 turbines: planned service in summer, fault-finding all year. That means torque wrenches, grease, a laptop, and now and then the question why a yaw motor that was fine yesterday believes it is facing Norway.

What you bring
• an electrical or mechanical apprenticeship, or time in the forces doing the same
• GWO Basic Safety (we pay for the refresher; we also train people who have the trade but not the card)
• a head for heights and a stomach for a two-metre swell

What we offer
• seven days on, seven days off
• survival suit, boots and thermals of your choice
• weather days paid in full`,
    },
    {
      slug: 'paper-conservator',
      titles: ['Paper Conservator', 'Book and Paper Conservator'],
      employers: [
        ['Wherry Archive Trust', 'norwich'],
        ['Linen Hall Lane Conservation Studio', 'belfast'],
        ['Foxglove Papers', 'leeds'],
      ],
      tags: ['conservation', 'archive', 'books', 'museum', 'Icon'],
      pay: [31000, 38000, 500],
      text: `A flood in 1912 left us eleven thousand harbour maps with tide lines of their own. Nine hundred are done. You would take over the bench by the north window and go on from there.

Most days you clean, wash, deacidify and mend with Japanese tissue and wheat starch paste; some days you argue, kindly, with a curator who wants a map on display for a year at 200 lux. You survey what comes in, photograph before and after, and write reports that say what was done and what was left alone, and why.

We are looking for a degree in conservation or an apprenticeship in a recognised studio, two years at the bench, steady hands, and a fondness for objects that nobody will ever thank you for saving.`,
    },
    {
      slug: 'cheesemaker',
      titles: ['Cheesemaker', 'Assistant Cheesemaker', 'Cheesemaker and Affineur'],
      employers: [
        ['Stubblefield Dairy', 'cardiff'],
        ['Two Hurdles Creamery', 'leeds'],
        ['Ewe & Vale', 'bristol'],
      ],
      tags: ['cheese', 'dairy', 'food', 'early start', 'HACCP'],
      pay: [25000, 31000, 250],
      text: `We milk 220 ewes and turn all of it into three cheeses: a soft one that sells out by Friday, a blue one that wins things, and a hard one that needs fourteen months and most of our patience.

The vat is filled at five in the morning. You cut curd, turn moulds, wash rinds, keep the temperature log honest and tell us when the starter smells wrong before the meter does. In the afternoon someone else cleans; we take turns, the owners too.

It helps if you have made cheese, bread or beer for a living. It matters more that you like getting up early, can lift 20 kg, and find it interesting that yesterday's batch behaved differently. Food hygiene level 2 is needed and can be done here. You take home as much whey as you can carry, and more cheese than is wise. 🧀`,
    },
  ],
};
