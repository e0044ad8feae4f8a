### Français. Les mêmes messages et variables qu'en anglais ; un test les compare.

## Words that can be typed

word_help = aide
word_status = statut
word_pending = attente
word_meetings = réunions
word_events = événements
word_connections = connexions
word_message = message
word_pause = pause
word_resume = reprendre
word_notifications = notifications
word_quiet = silence
word_privacy = confidentialité
word_more = suite
word_connect = connecter
word_disconnect = déconnecter
word_accept = accepter
word_decline = refuser

## Times

weekday = { $day ->
    [1] lun.
    [2] mar.
    [3] mer.
    [4] jeu.
    [5] ven.
    [6] sam.
   *[7] dim.
}
month = { $month ->
    [1] janv.
    [2] févr.
    [3] mars
    [4] avr.
    [5] mai
    [6] juin
    [7] juil.
    [8] août
    [9] sept.
    [10] oct.
    [11] nov.
   *[12] déc.
}
date = { $weekday } { $day ->
    [1] 1er
   *[other] { $day }
} { $month } { $year }
date_short = { $weekday } { $day ->
    [1] 1er
   *[other] { $day }
} { $month }
date_time = { $date }, { $time }
zone_time = heure de { $place }
zone_place = { $place ->
    [London] Londres
    [Lisbon] Lisbonne
    [Moscow] Moscou
    [Mexico_City] Mexico
    [Brussels] Bruxelles
    [Vienna] Vienne
    [Warsaw] Varsovie
    [Copenhagen] Copenhague
    [Athens] Athènes
    [Cairo] Le Caire
    [Singapore] Singapour
    [Sao_Paulo] São Paulo
    [Bogota] Bogota
    [Dubai] Dubaï
    [Kolkata] Calcutta
    [Seoul] Séoul
    [Riyadh] Riyad
    [Algiers] Alger
    [Montreal] Montréal
    [Beirut] Beyrouth
   *[other] { $place }
}
day_today = Aujourd’hui, { $date }
day_tomorrow = Demain, { $date }
span = { $from } – { $to }
age_days = { $count ->
    [one] { $count } jour
   *[other] { $count } jours
}
age_hours = { $count ->
    [one] { $count } heure
   *[other] { $count } heures
}

## What a card is about

kind_request = Demande de mentorat
kind_connection = Relation de mentorat
kind_match = Recommandation
kind_meeting = Réunion
kind_event = Événement
kind_announcement = Annonce
kind_survey = Enquête
kind_message = Message
kind_task = Tâche
kind_news = Actualités
kind_welcome = Bienvenue
kind_digest = Récapitulatif
kind_reply = Réponse
fallback_headline = Des nouvelles de Chronus
somebody = Quelqu'un
your_partner = votre binôme
role_mentor = mentor
role_mentee = mentoré

## Toasts: shown on lock screens, so they name nobody

toast_request = Nouvelle demande de mentorat
toast_request_reminder = Une demande de mentorat attend votre réponse
toast_request_accepted = Demande de mentorat acceptée
toast_request_declined = Demande de mentorat refusée
toast_request_withdrawn = Demande de mentorat retirée
toast_request_expired = Demande de mentorat expirée
toast_connection = Du nouveau dans votre relation de mentorat
toast_match = Nouvelle recommandation
toast_meeting = Nouvelle proposition de réunion
toast_meeting_scheduled = Réunion confirmée
toast_meeting_moved = Réunion déplacée
toast_meeting_cancelled = Réunion annulée
toast_meeting_reminder = Votre réunion approche
toast_meeting_soon = Votre réunion commence bientôt
toast_meeting_follow_up = Votre réunion a-t-elle eu lieu ?
toast_event = Invitation à un événement
toast_event_updated = Événement modifié
toast_event_cancelled = Événement annulé
toast_event_reminder = Votre événement approche
toast_event_figures = L’accueil de votre invitation
toast_announcement = Nouvelle annonce
toast_survey = Nouvelle enquête
toast_survey_reminder = Une enquête vous attend
toast_survey_closed = Enquête close
toast_message = Nouveau message
toast_message_failed = Votre message n'a pas été remis
toast_task = Nouvelle tâche
toast_task_reminder = Une tâche arrive à échéance
toast_task_done = Tâche terminée
toast_ended = Plus rien à faire
toast_paused = Notifications en pause
toast_news = Nouvelle notification de Chronus
toast_news_request = Du nouveau sur une demande de mentorat
toast_news_meeting = Du nouveau sur une réunion
toast_news_event = Du nouveau sur un événement
toast_news_task = Du nouveau sur une tâche

## Said without a card

note_done = C’est fait.
note_erased = Le contenu de cette carte a été effacé.
note_not_drawn = La carte ne peut pas être affichée pour le moment. Si votre clic a été pris en compte, elle le montrera bientôt.
note_personal_chat_only = Je ne fonctionne que dans une conversation personnelle. Ouvrez une conversation avec moi et tapez { $help }.
note_unnamed = Teams n’a pas indiqué qui vous êtes.
note_not_linked = Votre organisation n’est pas encore reliée à Chronus dans Teams. Un administrateur qui a reçu un code de Chronus le tape ici après le mot link.
note_linked = Votre organisation est maintenant reliée à Chronus dans Teams.
note_link_wrong = Ce code est incorrect ou n’est plus valable. Demandez-en un nouveau à Chronus.
note_link_others = Votre organisation est déjà reliée à un autre client de Chronus. Rien n’a été modifié.
note_link_too_often = Trop de codes ont été essayés. Réessayez dans dix minutes.

## Why a card came, and how to get fewer

why_request = Vous recevez ceci, car on vous le demande.
why_asker = Vous recevez ceci, car vous avez demandé.
why_connection = Vous recevez ceci, car c’est votre relation.
why_match = Vous recevez ceci, car vous cherchez un binôme.
why_meeting = Vous recevez ceci, car vous participez.
why_event = Vous recevez ceci, car on vous invite.
why_organizer = Vous recevez ceci, car vous l’organisez.
why_announcement = Vous recevez ceci de votre programme.
why_survey = Vous recevez ceci, car votre avis compte.
why_message = Vous recevez ceci, car on vous écrit.
why_writer = Vous recevez ceci, car vous l’avez écrit.
why_task = Vous recevez ceci, car c’est votre tâche.
why_plain = Vous recevez ceci de Chronus.
fewer = Pour en recevoir moins : tapez { word_notifications }.
press_fewer = En recevoir moins

## Labels and buttons of many cards

label_goals = Objectifs
label_time = Temps prévu
label_answer_by = Réponse souhaitée avant le
waits_answer = ⏳ Attend votre réponse
waits_answer_by = ⏳ Réponse souhaitée avant le { $at }
waits_due = ⏳ Pour le { $at }
label_waiting = En attente de vous
label_next_meeting = Prochaine réunion
label_paused = En pause jusqu'au
label_quiet = Silence jusqu'au
label_why_matched = Pourquoi vous deux
label_places = Vos places
label_role = Votre rôle
label_their_role = Rôle
label_from = Du
label_until = Jusqu'au
label_next_step = Prochaine étape
label_when = Quand
label_before = Avant
label_now = Maintenant
label_where = Où
label_with = Avec
label_topic = Sujet
label_host = Organisation
label_group = Groupe
label_seats = Places restantes
label_invited = Personnes invitées
label_told = Informées
label_seen = L’ont vue
label_answered = Ont répondu
label_on_its_way = En route
label_not_reached = Non jointes
label_reason = Raison
label_due = Échéance
label_changed_by = Modifié par
label_cancelled_by = Annulé par
label_new_date = Nouvelle date
label_for = Pour
label_context = Plus tôt dans cette conversation
label_attachments = Pièces jointes

press_help = Aide
press_status = Statut
press_settings = Réglages
press_connect = Connecter
press_pending = Voir ce qui attend
press_accept = Accepter
press_decline = Refuser…
press_decline_now = Refuser la demande
press_view_profile = Voir le profil
press_open = Ouvrir
press_open_in_chronus = Ouvrir dans Chronus
press_show_more = Tout afficher
press_show_less = Réduire
press_join = Rejoindre
press_calendar = Ajouter au calendrier
press_say_hello = Dire bonjour
shortened = Ce texte a été raccourci. Il est en entier dans Chronus.
open_at = { $label } ({ $host })
opens = Ouvre { $host } dans le navigateur
note_optional = Note (facultative)
input_required = Veuillez remplir ce champ.
fault_missing = ⚠ Il manque quelque chose ici. Rien n’a été enregistré.
fault_not_offered = ⚠ Cela ne fait pas partie de ce que propose cette carte. Rien n’a été enregistré.
fault_too_long = ⚠ Ce texte est trop long. Rien n’a été enregistré ; veuillez le raccourcir.
fault_bad_time = ⚠ Indiquez un jour et une heure à venir. Rien n’a été enregistré.
fault_asked_anew = ⚠ La question a été posée à nouveau depuis. Rien n’a été enregistré.
fault_past = ⚠ C’est déjà passé. Rien n’a été enregistré.
fault_over = ⚠ C’est terminé entre-temps. Votre texte n’a pas été envoyé.
fault_answered = ⚠ Vous y avez déjà répondu. Cette réponse n’a pas été enregistrée.
fault_ended = ⚠ C’est terminé entre-temps. Rien n’a été enregistré.
fault_changed = ⚠ Cette carte a changé depuis. Rien n’a été enregistré.
words_returned = Vous avez écrit :
newer_below = Une carte plus récente à ce sujet se trouve plus bas.
used_of = { $used } sur { $total } occupées
image_of = Image pour « { $title } »

## Welcome and connection with Chronus

welcome = Bienvenue dans Chronus pour Teams
welcome_why = Vous recevez ceci parce que vous, ou l'administration de votre organisation, avez ajouté l'application Chronus à votre Teams.
welcome_requests = Demandes de mentorat, réunions, événements, enquêtes et messages vous parviennent ici, sous forme de cartes.
welcome_answer = Répondez d'un clic, sans quitter Teams.
welcome_current = Les cartes restent à jour : quand quelque chose change, la carte le montre.
welcome_sees = **Ce qu'elle voit :** votre nom, votre adresse e-mail, votre langue et fuseau horaire, et ce chat. Ni autres chats, ni canaux.
welcome_waits = En attente de vous : { $list }
welcome_back = Bon retour
how_to_stop = Vous pouvez arrêter à tout moment : tapez **{ word_disconnect }**.
hello = Bonjour { $name }.
connected_as = Connexion établie : { $address }
connected_plain = Connexion à Chronus établie
notifications_off = Les notifications sont désactivées. Tapez **{ word_connect }** pour les activer.
not_matched = Nous n'avons pas pu associer votre adresse
not_matched_fix = Vérifiez que votre profil Chronus porte cette adresse, ou demandez à l'administration de votre programme de l'ajouter. La connexion s'établit dès qu'elle correspond.
connecting = Connexion en cours
connecting_fix = Nous cherchons votre profil dans Chronus. Vous n'avez rien à faire.
guest = Les comptes invités ne peuvent pas être connectés
guest_fix = Les invités d'une organisation ne sont pas reliés à Chronus. Utilisez l'application Chronus dans le Teams de votre propre organisation, ou Chronus sur le web.
no_address = Pas de connexion : Teams ne nous a pas indiqué votre adresse
no_address_fix = Demandez à l'administration Microsoft 365 si votre compte a une adresse e-mail, puis tapez **{ word_status }** ici.
connected = La connexion est établie
connected_what = Les notifications de Chronus vous parviennent désormais ici.
connected_wish = Les notifications sont activées
connected_wish_what = Elles vous parviendront ici dès que votre adresse sera associée.
disconnected = La connexion est coupée
switched_off = Chronus est désactivé pour votre organisation : tant qu’il n’est pas réactivé, rien de ce que vous tapez ici n’a d’effet.
disconnected_stops = **Ce qui s'arrête :** Chronus n'envoie plus de notifications dans ce chat. Ce qui attendait est retenu ; quand vous vous reconnecterez, une carte montrera ce qui reste ouvert.
disconnected_stays = **Ce qui reste :** les cartes ci-dessus, vos réponses et tout ce qui est dans Chronus. Ses e-mails se règlent là-bas.
disconnected_back = **Pour revenir :** appuyez sur Connecter, ou tapez **{ word_connect }** quand vous voulez.
disconnect_ask = Couper la connexion avec Chronus ?
disconnect_stops = **Ce qui s'arrête :** demandes, réunions, événements, enquêtes et messages ne vous parviennent plus dans ce chat.
disconnect_stays = **Ce qui reste :** les cartes ci-dessus, vos réponses et tout ce qui est dans Chronus. Ses e-mails se règlent là-bas.
disconnect_instead = Juste besoin d'un peu de calme ? Une pause se termine d'elle-même, et rien de ce qui compte encore n'est perdu.
press_disconnect = Déconnecter
press_pause_instead = Plutôt une pause…

## Help

help_title = Ce que vous pouvez faire ici
help_intro = Chronus vous envoie dans ce chat des demandes de mentorat, réunions, événements, enquêtes et messages. Répondez sur les cartes, ou tapez l'une de ces commandes :
help_help = Affiche cette liste
help_status = Montre l'état de la connexion et ce qui a été envoyé
help_pending = Liste ce qui vous attend, avec des boutons pour répondre
help_meetings = Liste vos prochaines réunions
help_events = Liste les événements auxquels on vous invite
help_connections = Liste les personnes avec qui vous êtes en relation
help_message = Écrit à l'une d'elles ; un nom peut suivre
help_accept = Répond à une demande par son numéro dans la liste
help_pause = Suspend les notifications pour un temps
help_resume = Met fin à la pause
help_notifications = Choisit ce que vous recevez, et quand
help_quiet = Fixe les heures sans notifications
help_privacy = Explique ce que l'application sait de vous
help_more = Affiche les lignes suivantes d'une liste
help_connect = Active les notifications
help_disconnect = Désactive les notifications
help_message_example = { word_message }
help_accept_example = { word_accept } 2 · { word_decline } 2
help_pause_example = { word_pause } 2 semaines
help_quiet_example = { word_quiet } 18:00-08:00
not_understood = Voici ce que je sais faire
not_understood_near = Je ne connais pas cette commande et je n’ai pas gardé votre message. Celles-ci, je les connais :
stale = Ce bouton ne fonctionne plus
stale_what = La carte a changé depuis, ou elle vient d'un autre chat. Votre clic n'a rien modifié. Ce qui vous attend est à un clic.
not_theirs = Cette carte était destinée à quelqu'un d'autre
not_theirs_what = Dans Chronus, vous n'êtes pas, ou plus, la personne à qui elle a été envoyée. Votre clic n'a rien modifié.
in_doubt = Nous vérifions à qui cette carte est destinée
in_doubt_what = Votre adresse et votre profil dans Chronus ne concordent pas actuellement. En attendant, le contenu de cette carte est retenu et aucun clic ici ne compte.

## Status

status = Où en sont les choses
connected_since = Connexion depuis
off_since = Désactivé depuis
count_of = { $what } : { $count }
count_of_oldest = { $what } : { $count }, depuis { $age } au plus
nothing_waits = Rien
recent_title = Dernières notifications
no_recent = Aucune notification pour l'instant.
state_waiting = En attente
state_sent = Envoyée
state_seen = Vue
state_answered = Répondue
state_not_sent = Non envoyée
state_unknown = Peut-être envoyée

## Mentoring request

request_asks = { $name } vous demande d'être son { $role }
request_from = Demande de { $name }
request_reminder = { $name } attend toujours votre réponse
request_reminder_what = La demande est toujours ouverte. Un non aimable est aussi une réponse.
decline_reason = Raison (facultative)
decline_hint = Votre raison et votre note sont transmises à Chronus avec la réponse.
decline_no_capacity = Je n'ai pas de disponibilité pour l'instant
decline_not_a_fit = Je ne suis pas la bonne personne pour ces objectifs
decline_timing = Le moment ne me convient pas
decline_other = Une autre raison
decline_ask = Refuser sans mot d'accompagnement ?
accepted_here = ✓ Vous l'avez acceptée ici · { $at }
accepted_elsewhere = ✓ Acceptée dans Chronus · { $at }
declined_here = ✕ Vous l'avez refusée ici · { $at }
declined_elsewhere = ✕ Refusée dans Chronus · { $at }
withdrawn = Retirée · { $at }
expired = Expirée · { $at }
ended = Terminée · { $at }
request_next_accepted = Votre réponse va à Chronus. Ensuite : dites bonjour et convenez d'une première réunion.
request_next_accepted_wait = Votre réponse va à Chronus. Une fois que Chronus vous aura mis en relation avec { $name }, vous pourrez vous écrire ici.
request_next_declined = Votre réponse va à Chronus. Vous n'avez rien d'autre à faire.
request_next_withdrawn = La demande a été retirée ; il n'y a plus rien à répondre.
request_next_withdrawn_late = Vous aviez accepté, mais la demande a été retirée entre-temps. Il n'y a rien d'autre à faire.
request_next_expired = Le délai de réponse est passé. Si vous souhaitez encore aider, cherchez la demande dans Chronus.
the_asker = la personne qui l'a envoyée
outcome_accepted = { $name } a accepté votre demande
outcome_accepted_next = Quelle bonne nouvelle ! Dites bonjour et convenez d'une première réunion.
outcome_accepted_wait = Quelle bonne nouvelle ! Une fois que Chronus vous aura mis en relation, vous pourrez vous écrire ici.
outcome_declined = { $name } ne peut pas répondre à votre demande cette fois
outcome_declined_next = Cela arrive, et ne dit rien de vous. Vous pouvez chercher quelqu'un d'autre dans Chronus.
outcome_withdrawn = Votre demande à { $name } a été retirée
outcome_withdrawn_next = Il n'y a rien d'autre à faire.
outcome_expired = { $name } n'a pas répondu à temps à votre demande
outcome_expired_next = Vous pouvez redemander dans Chronus, ou chercher quelqu'un d'autre.
their_words = Son mot

## Connection

connection_started = { $name } et vous êtes en relation
connection_started_next = Pour bien commencer : un petit bonjour et une date pour la première réunion.
connection_ending = Votre relation avec { $name } se termine bientôt
connection_ending_next = Une dernière réunion pour faire le bilan et dire merci en vaut la peine.
connection_ended = Votre relation avec { $name } est terminée
connection_ended_next = Merci pour le temps que vous vous êtes accordé.
press_feedback = Donner votre avis

## Recommended match

match_title = { $name } pourrait bien vous correspondre
match_reasons = Pourquoi { $name }
press_match_request = Envoyer une demande…
press_match_send = Envoyer la demande
match_message = Vos mots pour { $name }
match_message_hint = Dites ce que vous aimeriez apprendre. Ce sera votre demande de mentorat.
press_match_dismiss = Pas pour moi
press_match_aside = Pas pour moi…
match_dismiss_ask = Écarter cette suggestion ? Chronus apprend que cela ne vous convient pas.
match_requested = ✓ Vous avez envoyé une demande · { $at }
match_requested_next = Votre demande part vers Chronus. Si une réponse arrive, elle vous parvient ici.
match_dismissed = Vous avez écarté cette suggestion · { $at }
match_dismissed_next = Chronus apprend que cela ne vous convient pas.
match_withdrawn = Plus disponible · { $at }
match_withdrawn_next = Cette suggestion n'est plus ouverte.

## Meeting

meeting_asks = { $name } souhaite vous rencontrer
meeting_with = Réunion avec { $name }
meeting_slots = Quelle heure vous convient ?
slot_both_free = { $time } · tous deux libres
press_slot_accept = Confirmer cette heure
press_slot_propose = Une autre heure…
press_slot_propose_now = Proposer cette heure
press_meeting_decline = Je ne peux pas…
press_meeting_decline_now = Refuser la réunion
press_reschedule = Reporter…
press_meeting_cancel = Annuler…
press_meeting_cancel_now = Annuler la réunion
meeting_cancel_hint = Annuler cette réunion ? Chronus apprend que vous ne pouvez pas.
propose_date = Date
propose_time = Heure ({ $zone })
propose_hint = Votre proposition part vers Chronus.
meeting_accepted = ✓ Vous avez accepté · { $at }
meeting_slot_chosen = ✓ Vous avez choisi { $time }
meeting_accepted_next = Votre réponse va à Chronus. Cette carte montrera la réunion une fois confirmée.
meeting_declined = ✕ Vous avez refusé · { $at }
meeting_declined_next = Votre réponse va à Chronus. Vous n'aurez pas de rappel pour cette réunion.
meeting_proposed = Vous avez proposé { $time }
meeting_proposed_next = Votre proposition va à Chronus. Cette carte montrera la réunion une fois confirmée.
meeting_confirmed = ✓ Confirmée
meeting_moved = ↻ Déplacée à une autre heure
meeting_cancelled = ✕ Annulée · { $at }
meeting_cancelled_next = Vous pouvez la retirer de votre calendrier.
meeting_expired_next = L'heure de cette réunion est passée.
meeting_notice_scheduled = Confirmée : { $title }
meeting_notice_moved = Déplacée : { $title }
meeting_notice_cancelled = Annulée : { $title }
meeting_reminder_day = Bientôt : { $title }
meeting_reminder_soon = Commence bientôt : { $title }
meeting_follow_up = La réunion a-t-elle eu lieu ?
meeting_follow_up_what = Votre réponse va à Chronus.
press_held_yes = Oui, nous nous sommes vus
press_held_no = Non, pas cette fois
meeting_held = ✓ Vous avez indiqué que la réunion a eu lieu · { $at }
meeting_held_next = Bien ! Convenez de la prochaine date tant que c'est frais.
meeting_not_held = Vous avez indiqué que la réunion n'a pas eu lieu · { $at }
meeting_not_held_next = Ce n'est pas grave. Un court message suffit pour trouver une nouvelle date.
meeting_not_held_elsewhere = Ce n'est pas grave. Vous pouvez chercher une nouvelle date dans Chronus.

## ERG event

event_invited = ⏳ Vous avez une invitation
event_updated = ↻ Modifié
event_cancelled = ✕ Cet événement est annulé
event_cancelled_next = Vous pouvez le retirer de votre calendrier.
event_going_count = { $count ->
    [one] { $count } collègue y va
   *[other] { $count } collègues y vont
}
event_full = Plus de places
event_figures_title = Qui est au courant de « { $title } »
event_figures_told = ✓ Tout le monde est informé
event_figures_waiting = ⏳ Tout le monde n’est pas encore informé
event_figures_unreachable = ⚠ Tout le monde ne peut pas être joint
event_figures_unreachable_next = Chronus sait de qui il s’agit.
event_figures_seen = Seul ce qui est certain compte comme vu : un clic, une réaction ou un accusé de lecture.
event_figures_counted = Décompte : { $at }
press_going = J'y vais
press_maybe = Peut-être
press_not_going = Je ne peux pas
press_other_events = Voir d'autres événements
press_change_answer = Modifier ma réponse
press_new_date = Aller à la nouvelle date
event_answer_going = ✓ Vous y allez
event_answer_maybe = ? Vous avez répondu peut-être
event_answer_not_going = ✕ Vous n'y allez pas
event_notice_updated = « { $title } » a changé
event_notice_cancelled = « { $title } » est annulé
event_reminder = Bientôt : { $title }
event_online = Événement en ligne

## Announcement

press_acknowledge = J'ai lu
announcement_confirm = ⏳ Veuillez confirmer votre lecture
announcement_acknowledged = ✓ Vous avez confirmé votre lecture · { $at }
announcement_withdrawn = Cette annonce a été retirée · { $at }

## Survey

survey_title = Quelques questions pour vous
survey_minutes = { $count ->
    [one] Environ { $count } minute
   *[other] Environ { $count } minutes
}
survey_anonymous = Vos réponses sont anonymes.
survey_named = Vos réponses apparaissent avec votre nom.
survey_progress = Question { $current } sur { $total }
survey_resumed = { $count ->
    [one] { $count } réponse est enregistrée. Vous pouvez continuer ici ou sur un autre appareil.
   *[other] { $count } réponses sont enregistrées. Vous pouvez continuer ici ou sur un autre appareil.
}
survey_rating_end = { $number } – { $label }
survey_rating_of = { $number } sur { $max }
press_next = Suivant
press_back = Retour
press_skip = Passer
press_submit = Envoyer les réponses
survey_review = C'était la dernière question
survey_review_what = { $count ->
    [0] Vous n'avez répondu à aucune des { $total } questions. Revenez en arrière, ou envoyez ainsi.
    [one] Vous avez répondu à { $count } question sur { $total }. Envoyez, ou revenez en arrière pour modifier.
   *[other] Vous avez répondu à { $count } questions sur { $total }. Envoyez, ou revenez en arrière pour modifier.
}
survey_thanks = ✓ Merci, vos réponses sont arrivées · { $at }
survey_thanks_what = Elles partent vers Chronus.
survey_closed = Cette enquête est close · { $at }
survey_closed_what = Les réponses ne sont plus acceptées.
survey_reminder = ⏳ Vos réponses sont toujours les bienvenues
survey_long = Cette enquête est plus longue et s'ouvre dans le navigateur.
survey_elsewhere = Cette enquête se remplit dans Chronus.
press_survey = Ouvrir l'enquête

## Message

message_from = { $name } vous a écrit
message_in_group = { $name } a écrit dans { $group }
message_several = { $count } messages de { $name }
message_group_several = { $count } messages dans { $group }
message_reply = Votre réponse
message_reply_hint = Pour { $name } uniquement
message_reply_group_hint = Pour tout le monde dans { $group }
press_reply = Envoyer la réponse
message_edited = modifié
message_deleted = Ce message a été supprimé.
message_replied = ✓ Vous avez répondu · { $at }
message_replied_more = { $count ->
    [one] ✓ Vous avez répondu { $count } fois, la dernière · { $at }
   *[other] ✓ Vous avez répondu { $count } fois, la dernière · { $at }
}
message_reply_failed = ✕ Votre réponse n'a pas été remise · { $at }
message_reply_failed_what = Chronus n'a pas pu la recevoir. Réessayez ici ou écrivez dans Chronus.
message_failed = Votre message à { $name } n'a pas été remis
message_failed_what = Il n'est pas parvenu à { $name }. Vous pouvez écrire dans Chronus.

## Task

task_due_soon = ⏳ Une de vos tâches arrive à échéance
press_complete = Marquer comme faite
task_done = ✓ Faite · { $at }
task_withdrawn = Plus nécessaire · { $at }

## Lists

list_pending = Ce qui vous attend
list_pending_none = Rien ne vous attend. Profitez du calme.
list_meetings = Vos réunions
list_meetings_none = Aucune réunion n'est prévue.
list_events = Vos événements
list_events_none = Aucune invitation pour l'instant.
list_connections = Vos relations
list_connections_none = Vous n'avez pas encore de relation. Elles apparaissent ici dès que Chronus vous a mis en relation avec quelqu'un.
list_catch_up = Ce qui reste ouvert
list_catch_up_what = Pendant votre absence :
list_catch_up_none = Vous n'avez rien manqué qui vous attende encore.
list_digest = Votre récapitulatif
list_digest_what = Arrivé depuis le dernier :
list_digest_none = Rien de nouveau qui compte encore.
list_more = { $count ->
    [one] et { $count } autre
   *[other] et { $count } autres
}
list_gone = { $count ->
    [one] { $count } notification n'a plus lieu d'être et n'est pas montrée.
   *[other] { $count } notifications n'ont plus lieu d'être et ne sont pas montrées.
}
list_item = { $number }. { $title }
press_list_message = Écrire
press_list_reply = Répondre
press_answer_here = Répondre ici
press_show_card = Voir la carte

## Writing

compose_to = Écrire à { $name }
compose_whom = À qui ?
compose_which = Pour quelle conversation ?
compose_which_one = Est-ce pour { $name } ?
compose_which_one_what = Je ne devine pas et je n'ai pas gardé votre texte. S'il s'agit d'une réponse, écrivez-la ici.
compose_which_what = Plusieurs conversations sont ouvertes, et je ne devine pas. Je n'ai pas gardé votre texte : écrivez-le ici et appuyez sur son destinataire.
compose_send_to = Envoyer ceci à { $name } ?
compose_draft_what = Voici ce que vous avez tapé. Rien n'est encore envoyé : modifiez-le si vous voulez, puis appuyez sur son destinataire.
compose_text = Votre message
press_compose_to = Envoyer à { $name }
compose_none = Je ne trouve personne à qui écrire
compose_none_query = Je ne trouve aucune relation nommée « { $query } »
compose_none_what = Vous pouvez écrire aux personnes avec qui Chronus vous a mis en relation, et répondre aux messages reçus ici.
compose_sent = ✓ Envoyé à { $name }
compose_sent_what = Si une réponse arrive, elle vous parvient ici.
compose_closed = Vous avez écrit autre chose ensuite. Répondez à la question la plus récente.
compose_over = Cette conversation est terminée : plus rien ne peut être envoyé d’ici. Ce que vous étiez en train d’écrire n’a pas été envoyé.
press_more = Afficher { $count } de plus
overtaken = Une de vos demandes est arrivée en retard. C’est ce que vous avez choisi ensuite qui compte.
compose_not_sent = ✕ Non remis à { $name }

## Settings

settings = Vos notifications
settings_intro = Choisissez pour chaque type : tout de suite, dans un récapitulatif, ou jamais.
settings_saved = ✓ Enregistré
topic_requests = Demandes de mentorat
topic_meetings = Réunions
topic_events = Événements
topic_announcements = Annonces
topic_surveys = Enquêtes
topic_messages = Messages
topic_tasks = Tâches
topic_connections = Relations
topic_recommendations = Recommandations
delivery_on = Tout de suite
delivery_digest = Dans le récapitulatif
delivery_off = Jamais
settings_quiet = Heures de silence
settings_quiet_what = Les cartes attendent la fin des heures de silence ; une réunion imminente vous parvient quand même ({ $zone }).
quiet_from = De
quiet_to = À
quiet_days = Jours
quiet_all = Tous les jours
quiet_weekdays = Du lundi au vendredi
quiet_weekends = Tous les jours, et tout le week-end
quiet_off = Pas d'heures de silence
settings_digest = Récapitulatif
digest_every = Fréquence
digest_daily = Chaque jour
digest_weekly = Chaque semaine
press_save = Enregistrer
press_all_off = Tout désactiver…
press_all_off_now = Tout désactiver
settings_all_off_ask = Désactiver tous les types ? Rien de Chronus ne vous parvient ici avant un nouveau choix.
settings_paused = Tout est en pause jusqu'au { $time }.

## Pause

pause_until = En pause jusqu'au { $time }
pause_what = Rien n'est envoyé d'ici là. Ensuite, une carte montre ce qui compte encore.
press_resume = Reprendre maintenant
press_pause = Pause…
press_pause_now = Mettre en pause
pause_how_long = Pour combien de temps ?
resumed = Les notifications sont de nouveau actives
resumed_what = Les nouvelles cartes vous parviennent désormais ici.

## Privacy

privacy = Ce que cette application sait de vous
privacy_sees = **Elle voit** votre nom, votre adresse e-mail, votre langue, fuseau horaire et type d'appareil, et ce chat. Ni autres chats, ni canaux, ni fichiers, ni calendrier.
privacy_keeps = **Elle garde** cela, les cartes qu'elle vous a envoyées, vos réponses et réglages, et les commandes utilisées. Tout autre texte tapé ici n'est pas gardé.
privacy_shares = **Elle transmet** vos réponses à Chronus et lui dit si les cartes vous sont parvenues ; personne d'autre ne reçoit rien. Les données personnelles sont chiffrées avec une clé qui n'est qu'à vous.
privacy_erase = **Pour faire effacer vos données,** utilisez le bouton ci-dessous, ou adressez-vous à l'administration de votre programme.
press_erase = Effacer mes données
erase_ask = Effacer vos données ?
erase_what = Votre nom, votre adresse, vos réglages et ce que vous avez écrit ici sont effacés, et plus aucune carte n'arrive. Ce qui est dans ce chat y reste. C'est irréversible.
press_erase_now = Effacer maintenant
erasing = Vos données sont en cours d'effacement
erasing_what = Cela prend un instant, et plus rien ne vous est envoyé. Pour revenir, ajoutez de nouveau l'application.
