### Deutsch. Dieselben Texte und Variablen wie im Englischen; ein Test vergleicht sie.

## Words that can be typed

word_help = hilfe
word_status = status
word_pending = offen
word_meetings = treffen
word_events = veranstaltungen
word_connections = verbindungen
word_message = nachricht
word_pause = pause
word_resume = fortsetzen
word_notifications = benachrichtigungen
word_quiet = ruhe
word_privacy = datenschutz
word_more = mehr
word_connect = verbinden
word_disconnect = trennen
word_accept = annehmen
word_decline = ablehnen

## Times

weekday = { $day ->
    [1] Mo.
    [2] Di.
    [3] Mi.
    [4] Do.
    [5] Fr.
    [6] Sa.
   *[7] So.
}
month = { $month ->
    [1] Jan.
    [2] Feb.
    [3] März
    [4] Apr.
    [5] Mai
    [6] Juni
    [7] Juli
    [8] Aug.
    [9] Sept.
    [10] Okt.
    [11] Nov.
   *[12] Dez.
}
date = { $weekday }, { $day }. { $month } { $year }
date_short = { $weekday }, { $day }. { $month }
date_time = { $date }, { $time }
zone_time = Zeit in { $place }
zone_place = { $place ->
    [Lisbon] Lissabon
    [Rome] Rom
    [Moscow] Moskau
    [Tokyo] Tokio
    [Mexico_City] Mexiko-Stadt
    [Brussels] Brüssel
    [Zurich] Zürich
    [Vienna] Wien
    [Warsaw] Warschau
    [Prague] Prag
    [Copenhagen] Kopenhagen
    [Athens] Athen
    [Cairo] Kairo
    [Singapore] Singapur
    [Sao_Paulo] São Paulo
    [Bogota] Bogotá
    [Kolkata] Kalkutta
    [Jerusalem] Jerusalem
    [Riyadh] Riad
    [Luxembourg] Luxemburg
    [Bucharest] Bukarest
    [Belgrade] Belgrad
    [Hong_Kong] Hongkong
   *[other] { $place }
}
day_today = Heute, { $date }
day_tomorrow = Morgen, { $date }
span = { $from } – { $to }
age_days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
}
age_hours = { $count ->
    [one] { $count } Stunde
   *[other] { $count } Stunden
}

## What a card is about

kind_request = Mentoring-Anfrage
kind_connection = Mentoring-Verbindung
kind_match = Empfehlung
kind_meeting = Treffen
kind_event = Veranstaltung
kind_announcement = Ankündigung
kind_survey = Umfrage
kind_message = Nachricht
kind_task = Aufgabe
kind_news = Neuigkeiten
kind_welcome = Willkommen
kind_digest = Zusammenfassung
kind_reply = Antwort
fallback_headline = Neues von Chronus
somebody = Jemand
your_partner = Ihr Gegenüber
role_mentor = Mentor*in
role_mentee = Mentee

## Toasts: shown on lock screens, so they name nobody

toast_request = Neue Mentoring-Anfrage
toast_request_reminder = Eine Mentoring-Anfrage wartet auf Ihre Antwort
toast_request_accepted = Mentoring-Anfrage angenommen
toast_request_declined = Mentoring-Anfrage abgelehnt
toast_request_withdrawn = Mentoring-Anfrage zurückgezogen
toast_request_expired = Mentoring-Anfrage abgelaufen
toast_connection = Neues zu Ihrer Mentoring-Verbindung
toast_match = Neue Empfehlung
toast_meeting = Neue Anfrage für ein Treffen
toast_meeting_scheduled = Treffen bestätigt
toast_meeting_moved = Treffen verschoben
toast_meeting_cancelled = Treffen abgesagt
toast_meeting_reminder = Ihr Treffen steht bevor
toast_meeting_soon = Ihr Treffen beginnt bald
toast_meeting_follow_up = Hat Ihr Treffen stattgefunden?
toast_event = Einladung zu einer Veranstaltung
toast_event_updated = Veranstaltung geändert
toast_event_cancelled = Veranstaltung abgesagt
toast_event_reminder = Ihre Veranstaltung steht bevor
toast_event_figures = So kommt Ihre Einladung an
toast_announcement = Neue Ankündigung
toast_survey = Neue Umfrage
toast_survey_reminder = Eine Umfrage wartet auf Sie
toast_survey_closed = Umfrage beendet
toast_message = Neue Nachricht
toast_message_failed = Ihre Nachricht wurde nicht zugestellt
toast_task = Neue Aufgabe
toast_task_reminder = Eine Aufgabe wird fällig
toast_task_done = Aufgabe erledigt
toast_ended = Nichts mehr zu tun
toast_paused = Benachrichtigungen pausiert
toast_news = Neue Benachrichtigung von Chronus
toast_news_request = Neues zu einer Mentoring-Anfrage
toast_news_meeting = Neues zu einem Treffen
toast_news_event = Neues zu einer Veranstaltung
toast_news_task = Neues zu einer Aufgabe

## Said without a card

note_done = Erledigt.
note_erased = Was diese Karte gezeigt hat, wurde gelöscht.
note_not_drawn = Die Karte kann gerade nicht angezeigt werden. Wenn der Klick gezählt hat, zeigt sie es bald.
note_personal_chat_only = Ich arbeite nur im persönlichen Chat. Dort hilft das Wort { $help } weiter.
note_unnamed = Teams hat nicht mitgeteilt, von wem das kommt.
note_not_linked = Diese Organisation ist in Teams noch nicht mit Chronus verbunden. Wer sie verwaltet und von Chronus einen Code hat, schreibt ihn hier hinter das Wort link.
note_linked = Diese Organisation ist jetzt in Teams mit Chronus verbunden.
note_link_wrong = Dieser Code stimmt nicht oder gilt nicht mehr. Chronus gibt einen neuen aus.
note_link_others = Diese Organisation ist schon mit einem anderen Kunden von Chronus verbunden. Es wurde nichts geändert.
note_link_too_often = Es wurden zu viele Codes versucht. In zehn Minuten geht es wieder.

## Why a card came, and how to get fewer

why_request = Sie erhalten dies, weil Sie gefragt sind.
why_asker = Sie erhalten dies, weil Sie gefragt haben.
why_connection = Sie erhalten dies als Teil der Verbindung.
why_match = Sie erhalten dies, weil Sie jemanden suchen.
why_meeting = Sie erhalten dies, weil Sie teilnehmen.
why_event = Sie erhalten dies, weil Sie eingeladen sind.
why_organizer = Sie erhalten dies, weil Sie einladen.
why_announcement = Sie erhalten dies von Ihrem Programm.
why_survey = Sie erhalten dies, weil Ihre Meinung zählt.
why_message = Sie erhalten dies, weil es an Sie geht.
why_writer = Sie erhalten dies, weil Sie es schrieben.
why_task = Sie erhalten dies, weil es Ihre Aufgabe ist.
why_plain = Sie erhalten dies von Chronus.
fewer = Weniger davon: { word_notifications } eingeben.
press_fewer = Weniger davon

## Labels and buttons of many cards

label_goals = Ziele
label_time = Erwarteter Aufwand
label_answer_by = Bitte antworten bis
waits_answer = ⏳ Wartet auf Ihre Antwort
waits_answer_by = ⏳ Bitte antworten bis { $at }
waits_due = ⏳ Fällig { $at }
label_waiting = Wartet auf Sie
label_next_meeting = Nächstes Treffen
label_paused = Pausiert bis
label_quiet = Ruhe bis
label_why_matched = Warum Sie beide
label_places = Ihre Plätze
label_role = Ihre Rolle
label_their_role = Rolle
label_from = Von
label_until = Bis
label_next_step = Nächster Schritt
label_when = Wann
label_before = Bisher
label_now = Jetzt
label_where = Wo
label_with = Mit
label_topic = Thema
label_host = Gastgeber*in
label_group = Gruppe
label_seats = Freie Plätze
label_invited = Eingeladen
label_told = Informiert
label_seen = Gesehen
label_answered = Geantwortet
label_on_its_way = Unterwegs
label_not_reached = Nicht erreicht
label_reason = Grund
label_due = Fällig
label_changed_by = Geändert von
label_cancelled_by = Abgesagt von
label_new_date = Neuer Termin
label_for = Für
label_context = Bisher in dieser Unterhaltung
label_attachments = Anhänge

press_help = Hilfe
press_status = Status
press_settings = Einstellungen
press_connect = Verbinden
press_pending = Offenes zeigen
press_accept = Annehmen
press_decline = Ablehnen…
press_decline_now = Anfrage ablehnen
press_view_profile = Profil ansehen
press_open = Öffnen
press_open_in_chronus = In Chronus öffnen
press_show_more = Alles zeigen
press_show_less = Weniger zeigen
press_join = Teilnehmen
press_calendar = Zum Kalender hinzufügen
press_say_hello = Hallo sagen
shortened = Dieser Text wurde gekürzt. Vollständig steht er in Chronus.
open_at = { $label } ({ $host })
opens = Öffnet { $host } im Browser
note_optional = Notiz (optional)
input_required = Bitte ausfüllen.
fault_missing = ⚠ Hier fehlt etwas. Es wurde nichts gespeichert.
fault_not_offered = ⚠ Das steht auf dieser Karte nicht zur Wahl. Es wurde nichts gespeichert.
fault_too_long = ⚠ Dieser Text ist zu lang. Es wurde nichts gespeichert; bitte kürzen.
fault_bad_time = ⚠ Bitte einen Tag und eine Uhrzeit angeben, die noch bevorstehen. Es wurde nichts gespeichert.
fault_asked_anew = ⚠ Danach wurde neu gefragt. Es wurde nichts gespeichert.
fault_past = ⚠ Das ist schon vorbei. Es wurde nichts gespeichert.
fault_over = ⚠ Das ist inzwischen beendet. Der Text wurde nicht gesendet.
fault_answered = ⚠ Das ist schon beantwortet. Diese Antwort wurde nicht gespeichert.
fault_ended = ⚠ Das ist inzwischen beendet. Es wurde nichts gespeichert.
fault_changed = ⚠ Diese Karte hat sich seitdem geändert. Es wurde nichts gespeichert.
words_returned = Geschrieben wurde:
newer_below = Weiter unten steht eine neuere Karte dazu.
used_of = { $used } von { $total } belegt
image_of = Bild zu „{ $title }“

## Welcome and connection with Chronus

welcome = Willkommen bei Chronus in Teams
welcome_why = Sie erhalten dies, weil Sie oder die Administration Ihrer Organisation die Chronus-App zu Ihrem Teams hinzugefügt haben.
welcome_requests = Mentoring-Anfragen, Treffen, Veranstaltungen, Umfragen und Nachrichten erreichen Sie hier als Karten.
welcome_answer = Sie antworten mit einem Klick, ohne Teams zu verlassen.
welcome_current = Karten bleiben aktuell: Wenn sich etwas ändert, zeigt es die Karte.
welcome_sees = **Was die App sieht:** Ihren Namen, Ihre E-Mail-Adresse, Ihre Sprache und Zeitzone und diesen Chat. Keine anderen Chats, keine Kanäle.
welcome_waits = Wartet auf Sie: { $list }
welcome_back = Willkommen zurück
how_to_stop = Sie können jederzeit aufhören: Geben Sie **{ word_disconnect }** ein.
hello = Hallo { $name }.
connected_as = Verbunden als { $address }
connected_plain = Mit Chronus verbunden
notifications_off = Benachrichtigungen sind ausgeschaltet. Geben Sie **{ word_connect }** ein, um sie einzuschalten.
not_matched = Wir konnten Ihre Adresse nicht zuordnen
not_matched_fix = Prüfen Sie, ob Ihr Profil in Chronus diese Adresse hat, oder bitten Sie die Administration Ihres Programms, sie einzutragen. Sobald sie passt, sind Sie verbunden.
connecting = Verbindung wird hergestellt
connecting_fix = Wir suchen Ihr Profil in Chronus. Sie müssen nichts tun.
guest = Gastkonten können nicht verbunden werden
guest_fix = Gäste einer Organisation werden Chronus nicht zugeordnet. Nutzen Sie die Chronus-App im Teams Ihrer eigenen Organisation oder Chronus im Web.
no_address = Nicht verbunden: Teams hat uns Ihre Adresse nicht genannt
no_address_fix = Fragen Sie die Microsoft-365-Administration, ob Ihr Konto eine E-Mail-Adresse hat, und geben Sie dann hier **{ word_status }** ein.
connected = Sie sind verbunden
connected_what = Benachrichtigungen von Chronus erreichen Sie ab jetzt hier.
connected_wish = Benachrichtigungen sind eingeschaltet
connected_wish_what = Sie erreichen Sie hier, sobald Ihre Adresse zugeordnet ist.
disconnected = Die Verbindung ist getrennt
switched_off = Chronus ist für Ihre Organisation ausgeschaltet: Bis es wieder eingeschaltet ist, hat nichts, was Sie hier eingeben, eine Wirkung.
disconnected_stops = **Was aufhört:** Chronus sendet keine Benachrichtigungen mehr in diesen Chat. Was wartet, wird zurückgehalten; wenn Sie sich wieder verbinden, nennt eine Karte, was noch offen ist.
disconnected_stays = **Was bleibt:** die Karten oben, Ihre Antworten und alles in Chronus selbst. Dessen E-Mails werden dort eingestellt.
disconnected_back = **Wenn Sie zurückkommen möchten:** Klicken Sie auf Verbinden oder geben Sie jederzeit **{ word_connect }** ein.
disconnect_ask = Verbindung mit Chronus trennen?
disconnect_stops = **Was aufhört:** Anfragen, Treffen, Veranstaltungen, Umfragen und Nachrichten erreichen Sie nicht mehr in diesem Chat.
disconnect_stays = **Was bleibt:** die Karten oben, Ihre Antworten und alles in Chronus selbst. Dessen E-Mails werden dort eingestellt.
disconnect_instead = Sie brauchen nur etwas Ruhe? Eine Pause endet von selbst, und nichts, was noch zählt, geht verloren.
press_disconnect = Trennen
press_pause_instead = Lieber pausieren…

## Help

help_title = Was Sie hier tun können
help_intro = Chronus sendet Ihnen Mentoring-Anfragen, Treffen, Veranstaltungen, Umfragen und Nachrichten in diesen Chat. Antworten Sie auf den Karten oder geben Sie einen dieser Befehle ein:
help_help = Zeigt diese Liste
help_status = Zeigt, wie Sie verbunden sind und was gesendet wurde
help_pending = Zeigt, was auf Sie wartet, mit Knöpfen zum Antworten
help_meetings = Zeigt Ihre nächsten Treffen
help_events = Zeigt Veranstaltungen, zu denen Sie eingeladen sind
help_connections = Zeigt, mit wem Sie verbunden sind
help_message = Schreibt einer dieser Personen; ein Name kann folgen
help_accept = Beantwortet eine Anfrage nach ihrer Nummer in der Liste
help_pause = Hält Benachrichtigungen eine Weile an
help_resume = Beendet die Pause
help_notifications = Bestimmt, was Sie erhalten und wann
help_quiet = Legt Stunden ohne Benachrichtigungen fest
help_privacy = Sagt, was diese App über Sie weiß
help_more = Zeigt die nächsten Zeilen einer Liste
help_connect = Schaltet Benachrichtigungen ein
help_disconnect = Schaltet Benachrichtigungen aus
help_message_example = { word_message }
help_accept_example = { word_accept } 2 · { word_decline } 2
help_pause_example = { word_pause } 2 wochen
help_quiet_example = { word_quiet } 18:00-08:00
not_understood = Das kann ich für Sie tun
not_understood_near = Diesen Befehl kenne ich nicht, und ich habe Ihre Nachricht nicht gespeichert. Diese kenne ich:
stale = Dieser Knopf gilt nicht mehr
stale_what = Die Karte hat sich seitdem geändert, oder sie gehört zu einem anderen Chat. Ihr Klick hat nichts geändert. Was auf Sie wartet, ist einen Klick entfernt.
not_theirs = Diese Karte war für jemand anderen
not_theirs_what = In Chronus sind Sie nicht oder nicht mehr die Person, für die sie bestimmt war. Ihr Klick hat nichts geändert.
in_doubt = Wir prüfen, für wen diese Karte ist
in_doubt_what = Ihre Adresse und Ihr Profil in Chronus stimmen zurzeit nicht überein. Bis dahin bleibt zurück, was hier stand, und kein Klick hier zählt.

## Status

status = So steht es
connected_since = Verbunden seit
off_since = Ausgeschaltet seit
count_of = { $what }: { $count }
count_of_oldest = { $what }: { $count }, älteste seit { $age }
nothing_waits = Nichts
recent_title = Letzte Benachrichtigungen
no_recent = Bisher keine Benachrichtigungen.
state_waiting = Wartet
state_sent = Gesendet
state_seen = Gesehen
state_answered = Beantwortet
state_not_sent = Nicht gesendet
state_unknown = Vielleicht gesendet

## Mentoring request

request_asks = { $name } wünscht sich Sie als { $role }
request_from = Anfrage von { $name }
request_reminder = { $name } wartet noch auf Ihre Antwort
request_reminder_what = Die Anfrage ist noch offen. Auch ein freundliches Nein ist eine Antwort.
decline_reason = Grund (optional)
decline_hint = Grund und Notiz gehen mit Ihrer Antwort an Chronus.
decline_no_capacity = Ich habe derzeit keine freien Kapazitäten
decline_not_a_fit = Ich bin für diese Ziele nicht die richtige Person
decline_timing = Der Zeitpunkt passt mir nicht
decline_other = Ein anderer Grund
decline_ask = Ohne Notiz ablehnen?
accepted_here = ✓ Sie haben hier angenommen · { $at }
accepted_elsewhere = ✓ In Chronus angenommen · { $at }
declined_here = ✕ Sie haben hier abgelehnt · { $at }
declined_elsewhere = ✕ In Chronus abgelehnt · { $at }
withdrawn = Zurückgezogen · { $at }
expired = Abgelaufen · { $at }
ended = Beendet · { $at }
request_next_accepted = Ihre Antwort geht an Chronus. Als Nächstes: Sagen Sie Hallo und vereinbaren Sie ein erstes Treffen.
request_next_accepted_wait = Ihre Antwort geht an Chronus. Sobald Chronus Sie mit { $name } verbunden hat, können Sie einander hier schreiben.
request_next_declined = Ihre Antwort geht an Chronus. Mehr ist nicht zu tun.
request_next_withdrawn = Die Anfrage wurde zurückgezogen, eine Antwort ist nicht mehr nötig.
request_next_withdrawn_late = Sie hatten angenommen, doch inzwischen wurde die Anfrage zurückgezogen. Mehr ist nicht zu tun.
request_next_expired = Die Zeit zum Antworten ist vorbei. Wenn Sie weiterhin helfen möchten, suchen Sie die Anfrage in Chronus.
the_asker = die anfragende Person
outcome_accepted = { $name } hat Ihre Anfrage angenommen
outcome_accepted_next = Wie schön! Sagen Sie Hallo und vereinbaren Sie ein erstes Treffen.
outcome_accepted_wait = Wie schön! Sobald Chronus Sie verbunden hat, können Sie einander hier schreiben.
outcome_declined = { $name } kann Ihre Anfrage diesmal nicht annehmen
outcome_declined_next = Das kommt vor und sagt nichts über Sie. Sie können in Chronus jemand anderen suchen.
outcome_withdrawn = Ihre Anfrage an { $name } wurde zurückgezogen
outcome_withdrawn_next = Mehr ist nicht zu tun.
outcome_expired = { $name } hat Ihre Anfrage nicht rechtzeitig beantwortet
outcome_expired_next = Sie können in Chronus erneut fragen oder jemand anderen suchen.
their_words = Mitteilung

## Connection

connection_started = { $name } und Sie sind verbunden
connection_started_next = Ein guter Anfang: ein kurzes Hallo und ein Termin für das erste Treffen.
connection_ending = Ihre Verbindung mit { $name } endet bald
connection_ending_next = Ein letztes Treffen für Rückblick und Dank lohnt sich.
connection_ended = Ihre Verbindung mit { $name } ist beendet
connection_ended_next = Danke für die Zeit, die Sie einander geschenkt haben.
press_feedback = Feedback geben

## Recommended match

match_title = { $name } könnte gut zu Ihnen passen
match_reasons = Warum { $name }
press_match_request = Anfrage senden…
press_match_send = Anfrage senden
match_message = Ihre Worte an { $name }
match_message_hint = Schreiben Sie, was Sie lernen möchten. Das wird Ihre Mentoring-Anfrage.
press_match_dismiss = Nichts für mich
press_match_aside = Nichts für mich…
match_dismiss_ask = Diesen Vorschlag verwerfen? Chronus erfährt, dass es für Sie nicht passt.
match_requested = ✓ Sie haben eine Anfrage gesendet · { $at }
match_requested_next = Ihre Anfrage geht an Chronus. Kommt eine Antwort, erreicht sie Sie hier.
match_dismissed = Sie haben diesen Vorschlag verworfen · { $at }
match_dismissed_next = Chronus erfährt, dass es für Sie nicht passt.
match_withdrawn = Nicht mehr verfügbar · { $at }
match_withdrawn_next = Dieser Vorschlag ist nicht mehr offen.

## Meeting

meeting_asks = { $name } möchte sich mit Ihnen treffen
meeting_with = Treffen mit { $name }
meeting_slots = Welche Zeit passt Ihnen?
slot_both_free = { $time } · beide frei
press_slot_accept = Diese Zeit bestätigen
press_slot_propose = Andere Zeit…
press_slot_propose_now = Diese Zeit vorschlagen
press_meeting_decline = Ich kann nicht…
press_meeting_decline_now = Treffen ablehnen
press_reschedule = Verlegen…
press_meeting_cancel = Absagen…
press_meeting_cancel_now = Treffen absagen
meeting_cancel_hint = Dieses Treffen absagen? Chronus erfährt, dass es Ihnen nicht möglich ist.
propose_date = Datum
propose_time = Uhrzeit ({ $zone })
propose_hint = Ihr Vorschlag geht an Chronus.
meeting_accepted = ✓ Sie haben zugesagt · { $at }
meeting_slot_chosen = ✓ Sie haben { $time } gewählt
meeting_accepted_next = Ihre Antwort geht an Chronus. Diese Karte zeigt das Treffen, sobald es bestätigt ist.
meeting_declined = ✕ Sie haben abgesagt · { $at }
meeting_declined_next = Ihre Antwort geht an Chronus. Sie erhalten keine Erinnerungen an dieses Treffen.
meeting_proposed = Sie haben { $time } vorgeschlagen
meeting_proposed_next = Ihr Vorschlag geht an Chronus. Diese Karte zeigt das Treffen, sobald es bestätigt ist.
meeting_confirmed = ✓ Bestätigt
meeting_moved = ↻ Auf eine neue Zeit verschoben
meeting_cancelled = ✕ Abgesagt · { $at }
meeting_cancelled_next = Sie können es aus Ihrem Kalender entfernen.
meeting_expired_next = Die Zeit für dieses Treffen ist vorbei.
meeting_notice_scheduled = Bestätigt: { $title }
meeting_notice_moved = Verschoben: { $title }
meeting_notice_cancelled = Abgesagt: { $title }
meeting_reminder_day = Steht bevor: { $title }
meeting_reminder_soon = Beginnt bald: { $title }
meeting_follow_up = Haben Sie sich getroffen?
meeting_follow_up_what = Ihre Antwort geht an Chronus.
press_held_yes = Ja, haben wir
press_held_no = Nein, diesmal nicht
meeting_held = ✓ Sie sagten, das Treffen fand statt · { $at }
meeting_held_next = Gut! Vereinbaren Sie gleich den nächsten Termin.
meeting_not_held = Sie sagten, das Treffen fand nicht statt · { $at }
meeting_not_held_next = Kein Problem. Eine kurze Nachricht genügt, um einen neuen Termin zu finden.
meeting_not_held_elsewhere = Kein Problem. Einen neuen Termin können Sie in Chronus suchen.

## ERG event

event_invited = ⏳ Sie sind eingeladen
event_updated = ↻ Geändert
event_cancelled = ✕ Diese Veranstaltung ist abgesagt
event_cancelled_next = Sie können sie aus Ihrem Kalender entfernen.
event_going_count = { $count ->
    [one] { $count } Person aus Ihrem Kreis nimmt teil
   *[other] { $count } Personen aus Ihrem Kreis nehmen teil
}
event_full = Keine Plätze mehr frei
event_figures_title = Wer von „{ $title }“ weiß
event_figures_told = ✓ Alle wurden informiert
event_figures_waiting = ⏳ Noch nicht alle wurden informiert
event_figures_unreachable = ⚠ Nicht alle sind erreichbar
event_figures_unreachable_next = Chronus wurde mitgeteilt, wer das ist.
event_figures_seen = Gesehen zählt, was sicher ist: ein Klick, eine Reaktion oder eine Lesebestätigung.
event_figures_counted = Gezählt { $at }
press_going = Ich nehme teil
press_maybe = Vielleicht
press_not_going = Ich kann nicht
press_other_events = Andere Veranstaltungen
press_change_answer = Meine Antwort ändern
press_new_date = Zum neuen Termin
event_answer_going = ✓ Sie nehmen teil
event_answer_maybe = ? Sie nehmen vielleicht teil
event_answer_not_going = ✕ Sie nehmen nicht teil
event_notice_updated = „{ $title }“ hat sich geändert
event_notice_cancelled = „{ $title }“ ist abgesagt
event_reminder = Steht bevor: { $title }
event_online = Online-Veranstaltung

## Announcement

press_acknowledge = Ich habe es gelesen
announcement_confirm = ⏳ Bitte bestätigen Sie, dass Sie dies gelesen haben
announcement_acknowledged = ✓ Sie haben bestätigt, dies gelesen zu haben · { $at }
announcement_withdrawn = Diese Ankündigung wurde zurückgenommen · { $at }

## Survey

survey_title = Ein paar Fragen an Sie
survey_minutes = { $count ->
    [one] Dauert etwa { $count } Minute
   *[other] Dauert etwa { $count } Minuten
}
survey_anonymous = Ihre Antworten sind anonym.
survey_named = Ihre Antworten erscheinen mit Ihrem Namen.
survey_progress = Frage { $current } von { $total }
survey_resumed = { $count ->
    [one] Eine Antwort ist gespeichert. Sie können hier oder auf einem anderen Gerät weitermachen.
   *[other] { $count } Antworten sind gespeichert. Sie können hier oder auf einem anderen Gerät weitermachen.
}
survey_rating_end = { $number } – { $label }
survey_rating_of = { $number } von { $max }
press_next = Weiter
press_back = Zurück
press_skip = Überspringen
press_submit = Antworten absenden
survey_review = Das war die letzte Frage
survey_review_what = { $count ->
    [0] Sie haben keine von { $total } Fragen beantwortet. Gehen Sie zurück oder senden Sie so ab.
    [one] Sie haben { $count } von { $total } Fragen beantwortet. Senden Sie ab oder gehen Sie zurück, um etwas zu ändern.
   *[other] Sie haben { $count } von { $total } Fragen beantwortet. Senden Sie ab oder gehen Sie zurück, um etwas zu ändern.
}
survey_thanks = ✓ Danke, Ihre Antworten sind angekommen · { $at }
survey_thanks_what = Alles geht an Chronus.
survey_closed = Diese Umfrage ist beendet · { $at }
survey_closed_what = Antworten sind nicht mehr möglich.
survey_reminder = ⏳ Ihre Antworten sind weiterhin willkommen
survey_long = Diese Umfrage ist länger und öffnet sich im Browser.
survey_elsewhere = Diese Umfrage wird in Chronus beantwortet.
press_survey = Umfrage öffnen

## Message

message_from = { $name } hat Ihnen geschrieben
message_in_group = { $name } hat in { $group } geschrieben
message_several = { $count } Nachrichten von { $name }
message_group_several = { $count } Nachrichten in { $group }
message_reply = Ihre Antwort
message_reply_hint = Geht nur an { $name }
message_reply_group_hint = Geht an alle in { $group }
press_reply = Antwort senden
message_edited = bearbeitet
message_deleted = Diese Nachricht wurde gelöscht.
message_replied = ✓ Sie haben geantwortet · { $at }
message_replied_more = { $count ->
    [one] ✓ Sie haben einmal geantwortet, zuletzt · { $at }
   *[other] ✓ Sie haben { $count }-mal geantwortet, zuletzt · { $at }
}
message_reply_failed = ✕ Ihre Antwort wurde nicht zugestellt · { $at }
message_reply_failed_what = Chronus konnte sie nicht annehmen. Versuchen Sie es hier erneut oder schreiben Sie in Chronus.
message_failed = Ihre Nachricht an { $name } wurde nicht zugestellt
message_failed_what = Sie kam nicht bei { $name } an. Sie können stattdessen in Chronus schreiben.

## Task

task_due_soon = ⏳ Eine Ihrer Aufgaben wird fällig
press_complete = Als erledigt markieren
task_done = ✓ Erledigt · { $at }
task_withdrawn = Nicht mehr nötig · { $at }

## Lists

list_pending = Was auf Sie wartet
list_pending_none = Nichts wartet auf Sie. Genießen Sie die Ruhe.
list_meetings = Ihre Treffen
list_meetings_none = Es sind keine Treffen geplant.
list_events = Ihre Veranstaltungen
list_events_none = Zurzeit keine Einladungen.
list_connections = Ihre Verbindungen
list_connections_none = Sie haben noch keine Verbindungen. Sie erscheinen hier, sobald Chronus Sie mit jemandem verbunden hat.
list_catch_up = Was noch offen ist
list_catch_up_what = Während Ihrer Abwesenheit:
list_catch_up_none = Sie haben nichts verpasst, was Sie noch braucht.
list_digest = Ihre Zusammenfassung
list_digest_what = Seit der letzten hinzugekommen:
list_digest_none = Nichts Neues, was noch zählt.
list_more = { $count ->
    [one] und eine weitere
   *[other] und { $count } weitere
}
list_gone = { $count ->
    [one] Eine Benachrichtigung hat sich inzwischen erledigt und fehlt hier.
   *[other] { $count } Benachrichtigungen haben sich inzwischen erledigt und fehlen hier.
}
list_item = { $number }. { $title }
press_list_message = Schreiben
press_list_reply = Antworten
press_answer_here = Hier antworten
press_show_card = Karte zeigen

## Writing

compose_to = Nachricht an { $name }
compose_whom = An wen?
compose_which = Für welche Unterhaltung ist das?
compose_which_one = Ist das für { $name }?
compose_which_one_what = Ich rate nicht, und Ihr Text ist nicht gespeichert. Ist es eine Antwort, schreiben Sie sie bitte hier.
compose_which_what = Mehrere Unterhaltungen sind offen, und ich rate nicht. Ihr Text ist nicht gespeichert: Schreiben Sie ihn bitte hier und wählen Sie, wohin er geht.
compose_send_to = Dies an { $name } senden?
compose_draft_what = Das haben Sie eingegeben. Gesendet ist noch nichts: Ändern Sie es, wenn Sie möchten, und wählen Sie dann, wohin es geht.
compose_text = Ihre Nachricht
press_compose_to = Senden an { $name }
compose_none = Ich finde niemanden, dem Sie schreiben können
compose_none_query = Ich finde keine Verbindung namens „{ $query }“
compose_none_what = Sie können Personen schreiben, mit denen Chronus Sie verbunden hat, und Nachrichten beantworten, die Sie hier erreicht haben.
compose_sent = ✓ Gesendet an { $name }
compose_sent_what = Kommt eine Antwort, erreicht sie Sie hier.
compose_closed = Sie haben danach noch etwas geschrieben. Beantworten Sie die neuere Frage.
compose_over = Dieses Gespräch ist beendet, daher lässt sich von hier nichts mehr senden. Was Sie zuletzt geschrieben haben, wurde nicht gesendet.
press_more = { $count } weitere anzeigen
overtaken = Etwas, worum Sie gebeten hatten, kam verspätet an. Es gilt, was Sie danach gewählt haben.
compose_not_sent = ✕ Nicht zugestellt an { $name }

## Settings

settings = Ihre Benachrichtigungen
settings_intro = Wählen Sie je Art: sofort, in einer Zusammenfassung oder gar nicht.
settings_saved = ✓ Gespeichert
topic_requests = Mentoring-Anfragen
topic_meetings = Treffen
topic_events = Veranstaltungen
topic_announcements = Ankündigungen
topic_surveys = Umfragen
topic_messages = Nachrichten
topic_tasks = Aufgaben
topic_connections = Verbindungen
topic_recommendations = Empfehlungen
delivery_on = Sofort
delivery_digest = In der Zusammenfassung
delivery_off = Gar nicht
settings_quiet = Ruhezeiten
settings_quiet_what = Karten warten, bis die Ruhezeit vorbei ist; ein Treffen, das bald beginnt, erreicht Sie trotzdem ({ $zone }).
quiet_from = Von
quiet_to = Bis
quiet_days = Tage
quiet_all = Jeden Tag
quiet_weekdays = Montag bis Freitag
quiet_weekends = Jeden Tag und das ganze Wochenende
quiet_off = Keine Ruhezeiten
settings_digest = Zusammenfassung
digest_every = Wie oft
digest_daily = Täglich
digest_weekly = Wöchentlich
press_save = Speichern
press_all_off = Alles aus…
press_all_off_now = Alles ausschalten
settings_all_off_ask = Alle Arten ausschalten? Nichts von Chronus erreicht Sie hier, bis Sie neu wählen.
settings_paused = Alles pausiert bis { $time }.

## Pause

pause_until = Pausiert bis { $time }
pause_what = Bis dahin wird nichts gesendet. Danach zeigt eine Karte, was noch zählt.
press_resume = Jetzt fortsetzen
press_pause = Pausieren…
press_pause_now = Pausieren
pause_how_long = Wie lange?
resumed = Benachrichtigungen sind wieder eingeschaltet
resumed_what = Neue Karten erreichen Sie ab jetzt hier.

## Privacy

privacy = Was diese App über Sie weiß
privacy_sees = **Sie sieht** Ihren Namen, Ihre E-Mail-Adresse, Sprache, Zeitzone und Geräteart und diesen Chat. Keine anderen Chats, keine Kanäle, keine Dateien, keinen Kalender.
privacy_keeps = **Sie speichert** dies, die Karten, die sie Ihnen gesendet hat, Ihre Antworten und Einstellungen und welche Befehle Sie benutzt haben. Anderer Text, den Sie hier eingeben, wird nicht gespeichert.
privacy_shares = **Sie übergibt** Ihre Antworten an Chronus und sagt ihm, ob Karten Sie erreicht haben; sonst erhält niemand etwas. Personenbezogene Daten sind mit einem eigenen Schlüssel für Sie verschlüsselt.
privacy_erase = **Um Ihre Daten löschen zu lassen,** drücken Sie den Knopf unten, oder wenden Sie sich an die Administration Ihres Programms.
press_erase = Meine Daten löschen
erase_ask = Ihre Daten löschen?
erase_what = Ihr Name, Ihre Adresse, Ihre Einstellungen und was Sie hier geschrieben haben, werden gelöscht, und es kommen keine Karten mehr. Was in diesem Chat steht, bleibt. Das lässt sich nicht rückgängig machen.
press_erase_now = Jetzt löschen
erasing = Ihre Daten werden gelöscht
erasing_what = Das dauert einen Moment, und Sie erhalten nichts mehr. Um zurückzukommen, fügen Sie die App wieder hinzu.
