import type { Language } from './types.ts';

/** Five bodies in French, set in France and Brussels; pay in euros a month before tax. */
export const french: Language = {
  tag: 'fr',
  thousands: '\u202f',
  gap: ' ',
  cities: [
    { slug: 'lyon', name: 'Lyon', districts: ['Croix-Rousse', 'Gerland', 'Vaise'] },
    { slug: 'nantes', name: 'Nantes', districts: ['Chantenay', 'Doulon', 'Malakoff'] },
    { slug: 'lille', name: 'Lille', districts: ['Wazemmes', 'Fives', 'Moulins'] },
    { slug: 'marseille', name: 'Marseille', districts: ['Noailles', 'L’Estaque', 'La Joliette'] },
    { slug: 'bruxelles', name: 'Bruxelles', districts: ['Saint-Gilles', 'Schaerbeek', 'Ixelles'] },
  ],
  details: {
    place: [
      'Le poste est basé à {city}, quartier {district}.',
      'Lieu de travail : {city} ({district}), à deux pas des transports.',
    ],
    team: ['Nous sommes {team} pour le moment.', 'Vous rejoindrez une équipe de {team} personnes.'],
    reason: [
      'Il s’agit d’une création de poste : le carnet de commandes est plein.',
      'Vous prendrez la suite d’une collègue qui part à la retraite et qui vous formera pendant deux mois.',
      'C’est d’abord un remplacement de congé parental, avec de vraies chances de rester.',
    ],
    contract: [
      'CDI à temps plein, période d’essai de trois mois.',
      'CDI de 35 heures ; un quatre-cinquièmes est tout à fait possible.',
      'CDD de dix-huit mois que nous espérons bien transformer en CDI.',
    ],
    start: [
      'Prise de poste le 2 mars.',
      'Prise de poste début juin.',
      'Vous commencez dès que votre préavis le permet.',
      'La rentrée de septembre serait idéale.',
    ],
    pay: [
      'Rémunération : de {low} à {high} € brut par mois selon l’expérience.',
      'Nous proposons entre {low} et {high} € brut mensuels, sur treize mois.',
    ],
    perks: [
      'Mutuelle prise en charge à 80 %, titres-restaurant à 9 €.',
      'L’abonnement de transport est remboursé en entier, la prime vélo aussi.',
      'Une formation par an, choisie par vous, sur votre temps de travail.',
      'Le planning est affiché cinq semaines à l’avance et il tient.',
      'Six semaines de congés, dont deux en été sans discussion.',
    ],
    apply: [
      'Envoyez-nous un CV et quelques lignes sincères ; la lettre de motivation n’est pas nécessaire.',
      'Passez nous voir une demi-journée avant de vous décider.',
      'Chaque candidature reçoit une réponse sous quinze jours.',
    ],
    reference: ['Référence à rappeler : {reference}.', 'Réf. {reference}'],
  },
  bodies: [
    {
      slug: 'serveur-cafe',
      titles: ['Serveuse / serveur de café', 'Serveur ou serveuse (H/F)', 'Barista et service en salle (H/F)'],
      employers: [
        ['Café Le Merle Bavard', 'lille'],
        ['Brûlerie des Trois Péniches', 'nantes'],
        ['Café du Lavoir Bleu', 'bruxelles'],
      ],
      tags: ['restauration', 'café', 'service', 'débutant accepté', 'week-end'],
      pay: [1850, 2150, 50],
      decomposed: true,
      text: `Chez nous, les habitués ont leur tasse accrochée au mur, et le torréfacteur tourne le mardi matin : tout le quartier le sait, rien qu’à l’odeur. ☕ Nous servons des cafés que nous achetons nous-mêmes, une soupe à midi, des gâteaux jusqu’à épuisement.

Vous accueillez, vous conseillez, vous préparez les expressos, vous faites mousser le lait d’avoine de Léa avant même qu’elle le demande. Vous encaissez, vous rangez, vous fermez deux soirs par semaine.

Aucun diplôme exigé. Il faut aimer les gens le matin, porter trois assiettes sans y penser et garder le sourire à la quatrième table de douze. Nous vous apprendrons le reste : la mouture, le réglage de la machine, le dégustage. Les pourboires sont partagés à parts égales avec la cuisine.`,
    },
    {
      slug: 'sage-femme',
      titles: ['Sage-femme (F/H)', 'Sage-femme en maison de naissance'],
      employers: [
        ['Maison de naissance La Lanterne', 'lyon'],
        ['Maternité des Amandiers', 'marseille'],
        ['Clinique du Pré-aux-Oies', 'lille'],
      ],
      tags: ['santé', 'maternité', 'gardes', 'hôpital', 'diplôme d’État'],
      pay: [2700, 3400, 50],
      text: `Deux cent quatre-vingts naissances par an, trois chambres, une baignoire et une grande table de cuisine où l’on finit toujours par se retrouver vers quatre heures du matin. Notre maison est petite, et nous tenons à ce qu’elle le reste.

Vous suivez les femmes du quatrième mois de grossesse jusqu’aux semaines qui suivent l’accouchement. Une sage-femme, une famille : personne n’est confié à une inconnue au moment de la naissance. L’hôpital est à six minutes, le protocole de transfert est écrit, répété et respecté.

Vous avez le diplôme d’État, au moins deux ans de salle de naissance, le goût du travail en équipe et l’humilité d’appeler à temps. Les gardes sont de douze heures, sept par mois en moyenne. Le suivi psychologique de l’équipe est payé par la maison.`,
    },
    {
      slug: 'charpentier',
      titles: ['Charpentier bois (H/F)', 'Charpentière / charpentier, restauration du patrimoine'],
      employers: [
        ['Charpentes Hêtre & Fils', 'nantes'],
        ['Les Compagnons de la Panne', 'lyon'],
      ],
      tags: ['bois', 'chantier', 'patrimoine', 'charpente', 'CAP'],
      pay: [2200, 2800, 50],
      text: `En ce moment nous remontons le beffroi d’une halle du XVIIe siècle, cheville après cheville. Le mois prochain, ce sera l’ossature d’une école neuve. Nous aimons les deux : l’ancien nous apprend à faire le neuf.

Au programme :
• tracé au sol et épures, taille à l’atelier (machine et main)
• levage et pose, toujours à trois au minimum
• réparation de charpentes anciennes, greffes et entures

Vous avez un CAP ou un BP de charpentier, ou un parcours chez les compagnons. Vous savez lire un plan, vous n’avez pas le vertige et vous rangez vos ciseaux affûtés. Panier repas et trajets payés, vendredi après-midi libre, intempéries indemnisées. Les chantiers sont à moins de soixante kilomètres : tout le monde dort chez soi.`,
    },
    {
      slug: 'traductrice-technique',
      titles: ['Traducteur technique anglais-français (H/F)', 'Traductrice / traducteur technique'],
      employers: [
        ['Virgule & Compas', 'bruxelles'],
        ['Atelier Point-Virgule', 'lyon'],
        ['Le Bureau des Notices', 'lille'],
      ],
      tags: ['traduction', 'anglais', 'rédaction', 'télétravail', 'terminologie', 'XML'],
      pay: [2400, 3000, 50],
      text: `« Insérer la vis A dans le trou B » : quelqu’un a bien dû traduire cette phrase, et quelqu’un d’autre a dû la comprendre, un dimanche soir, à genoux devant une armoire. Nous travaillons pour cette seconde personne.

Vous traduisez de l’anglais vers le français des notices de machines agricoles, d’appareils de dialyse et de logiciels de caisse. Vous relisez vos collègues et ils vous relisent. Vous tenez à jour notre base terminologique (14 000 termes, chacun avec sa source) et vous appelez le client quand la phrase d’origine ne veut rien dire, ce qui arrive.

Master de traduction ou solide expérience, français irréprochable, curiosité pour les boulons comme pour le XML. Trois jours de télétravail par semaine si vous le souhaitez. Ici, aucune traduction automatique n’est livrée sans avoir été entièrement relue, et payée comme telle.`,
    },
    {
      slug: 'technicien-ascensoriste',
      titles: ['Technicien ascensoriste (H/F)', 'Technicienne / technicien de maintenance d’ascenseurs'],
      employers: [
        ['Ascenseurs Hirondelle', 'marseille'],
        ['Montée Douce Maintenance', 'lyon'],
      ],
      tags: ['maintenance', 'électricité', 'astreinte', 'permis B', 'bac pro'],
      pay: [2100, 2700, 50],
      text: `Une cabine immobilisée, c’est une voisine de quatre-vingt-dix ans qui ne descend plus chercher son pain. Voilà pourquoi nous avons un atelier de pièces à nous et un délai moyen de dépannage de trois heures et dix minutes.

Vous entretenez un parc de 85 appareils, toujours les mêmes, dans un secteur que l’on traverse en vingt minutes. Vous réglez les portes, remplacez les câbles et les cartes électroniques, et vous expliquez aux habitants ce qui se passe et quand cela repartira. Astreinte une semaine sur sept, compensée en temps ou en argent, au choix.

Bac pro électrotechnique ou équivalent, habilitation électrique à jour, permis B. Jamais seul en gaine : c’est une règle, elle ne se discute pas. Camionnette, téléphone et outillage de qualité fournis. 🔧`,
    },
  ],
};
