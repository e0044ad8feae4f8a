### Español. Los mismos mensajes y variables que en inglés; una prueba los compara.

## Words that can be typed

word_help = ayuda
word_status = estado
word_pending = pendientes
word_meetings = reuniones
word_events = eventos
word_connections = conexiones
word_message = mensaje
word_pause = pausar
word_resume = reanudar
word_notifications = notificaciones
word_quiet = silencio
word_privacy = privacidad
word_more = más
word_connect = conectar
word_disconnect = desconectar
word_accept = aceptar
word_decline = rechazar

## Times

weekday = { $day ->
    [1] lun
    [2] mar
    [3] mié
    [4] jue
    [5] vie
    [6] sáb
   *[7] dom
}
month = { $month ->
    [1] ene
    [2] feb
    [3] mar
    [4] abr
    [5] may
    [6] jun
    [7] jul
    [8] ago
    [9] sept
    [10] oct
    [11] nov
   *[12] dic
}
date = { $weekday }, { $day } { $month } { $year }
date_short = { $weekday }, { $day } { $month }
date_time = { $date }, { $time }
zone_time = hora de { $place }
zone_place = { $place ->
    [London] Londres
    [Paris] París
    [Berlin] Berlín
    [New_York] Nueva York
    [Lisbon] Lisboa
    [Rome] Roma
    [Moscow] Moscú
    [Tokyo] Tokio
    [Mexico_City] Ciudad de México
    [Brussels] Bruselas
    [Zurich] Zúrich
    [Vienna] Viena
    [Warsaw] Varsovia
    [Prague] Praga
    [Copenhagen] Copenhague
    [Stockholm] Estocolmo
    [Athens] Atenas
    [Dublin] Dublín
    [Cairo] El Cairo
    [Johannesburg] Johannesburgo
    [Singapore] Singapur
    [Sao_Paulo] São Paulo
    [Bogota] Bogotá
    [Los_Angeles] Los Ángeles
    [Dubai] Dubái
    [Kolkata] Calcuta
    [Istanbul] Estambul
    [Seoul] Seúl
    [Shanghai] Shanghái
    [Sydney] Sídney
    [Riyadh] Riad
    [Luxembourg] Luxemburgo
   *[other] { $place }
}
day_today = Hoy, { $date }
day_tomorrow = Mañana, { $date }
span = { $from } – { $to }
age_days = { $count ->
    [one] { $count } día
   *[other] { $count } días
}
age_hours = { $count ->
    [one] { $count } hora
   *[other] { $count } horas
}

## What a card is about

kind_request = Solicitud de mentoría
kind_connection = Conexión de mentoría
kind_match = Recomendación
kind_meeting = Reunión
kind_event = Evento
kind_announcement = Anuncio
kind_survey = Encuesta
kind_message = Mensaje
kind_task = Tarea
kind_news = Novedades
kind_welcome = Bienvenida
kind_digest = Resumen
kind_reply = Respuesta
fallback_headline = Novedades de Chronus
somebody = Alguien
your_partner = tu contacto
role_mentor = mentor
role_mentee = mentorizado

## Toasts: shown on lock screens, so they name nobody

toast_request = Nueva solicitud de mentoría
toast_request_reminder = Una solicitud de mentoría espera tu respuesta
toast_request_accepted = Solicitud de mentoría aceptada
toast_request_declined = Solicitud de mentoría rechazada
toast_request_withdrawn = Solicitud de mentoría retirada
toast_request_expired = Solicitud de mentoría caducada
toast_connection = Novedades sobre tu conexión de mentoría
toast_match = Nueva recomendación
toast_meeting = Nueva propuesta de reunión
toast_meeting_scheduled = Reunión confirmada
toast_meeting_moved = Reunión cambiada de hora
toast_meeting_cancelled = Reunión cancelada
toast_meeting_reminder = Se acerca tu reunión
toast_meeting_soon = Tu reunión empieza pronto
toast_meeting_follow_up = ¿Tuvo lugar tu reunión?
toast_event = Invitación a un evento
toast_event_updated = Evento modificado
toast_event_cancelled = Evento cancelado
toast_event_reminder = Se acerca tu evento
toast_event_figures = Cómo va tu invitación
toast_announcement = Nuevo anuncio
toast_survey = Nueva encuesta
toast_survey_reminder = Una encuesta te espera
toast_survey_closed = Encuesta cerrada
toast_message = Nuevo mensaje
toast_message_failed = Tu mensaje no se ha entregado
toast_task = Nueva tarea
toast_task_reminder = Una tarea está por vencer
toast_task_done = Tarea terminada
toast_ended = Ya no hay nada que hacer
toast_paused = Notificaciones en pausa
toast_news = Nueva notificación de Chronus
toast_news_request = Novedades sobre una solicitud de mentoría
toast_news_meeting = Novedades sobre una reunión
toast_news_event = Novedades sobre un evento
toast_news_task = Novedades sobre una tarea

## Said without a card

note_done = Hecho.
note_erased = Lo que mostraba esta tarjeta se ha borrado.
note_not_drawn = La tarjeta no se puede mostrar en este momento. Si tu pulsación contó, la tarjeta lo mostrará pronto.
note_personal_chat_only = Solo funciono en un chat personal. Abre un chat conmigo y escribe { $help }.
note_unnamed = Teams no indicó quién eres.
note_not_linked = Tu organización aún no está conectada con Chronus en Teams. Un administrador que tenga un código de Chronus lo escribe aquí después de la palabra link.
note_linked = Tu organización ya está conectada con Chronus en Teams.
note_link_wrong = Este código no es correcto o ya no es válido. Pide uno nuevo a Chronus.
note_link_others = Tu organización ya está conectada con otro cliente de Chronus. No se ha cambiado nada.
note_link_too_often = Se han probado demasiados códigos. Inténtalo de nuevo en diez minutos.

## Why a card came, and how to get fewer

why_request = Recibes esto porque te lo piden a ti.
why_asker = Recibes esto porque lo pediste tú.
why_connection = Recibes esto porque es tu conexión.
why_match = Recibes esto porque buscas mentoría.
why_meeting = Recibes esto porque participas.
why_event = Recibes esto porque tienes invitación.
why_organizer = Recibes esto porque lo organizas tú.
why_announcement = Recibes esto de tu programa.
why_survey = Recibes esto porque tu opinión cuenta.
why_message = Recibes esto porque es para ti.
why_writer = Recibes esto porque lo escribiste tú.
why_task = Recibes esto porque la tarea es tuya.
why_plain = Recibes esto de Chronus.
fewer = Para recibir menos: escribe { word_notifications }.
press_fewer = Recibir menos avisos así

## Labels and buttons of many cards

label_goals = Objetivos
label_time = Tiempo previsto
label_answer_by = Responde antes del
waits_answer = ⏳ Espera tu respuesta
waits_answer_by = ⏳ Responde antes del { $at }
waits_due = ⏳ Para el { $at }
label_waiting = Te espera
label_next_meeting = Próxima reunión
label_paused = En pausa hasta el
label_quiet = En silencio hasta el
label_why_matched = Por qué encajáis
label_places = Tus plazas
label_role = Tu papel
label_their_role = Papel
label_from = Desde
label_until = Hasta
label_next_step = Siguiente paso
label_when = Cuándo
label_before = Antes
label_now = Ahora
label_where = Dónde
label_with = Con
label_topic = Tema
label_host = Organiza
label_group = Grupo
label_seats = Plazas libres
label_invited = Personas invitadas
label_told = Informadas
label_seen = La vieron
label_answered = Respondieron
label_on_its_way = En camino
label_not_reached = Sin alcanzar
label_reason = Motivo
label_due = Vence
label_changed_by = Cambio de
label_cancelled_by = Cancelación de
label_new_date = Nueva fecha
label_for = Para
label_context = Antes en esta conversación
label_attachments = Adjuntos

press_help = Ayuda
press_status = Estado
press_settings = Ajustes
press_connect = Conectar
press_pending = Ver lo pendiente
press_accept = Aceptar
press_decline = Rechazar…
press_decline_now = Rechazar solicitud
press_view_profile = Ver perfil
press_open = Abrir
press_open_in_chronus = Abrir en Chronus
press_show_more = Ver todo
press_show_less = Ver menos
press_join = Unirse
press_calendar = Añadir al calendario
press_say_hello = Saludar
shortened = Este texto se ha acortado. Está completo en Chronus.
open_at = { $label } ({ $host })
opens = Abre { $host } en el navegador
note_optional = Nota (opcional)
input_required = Rellena este campo, por favor.
fault_missing = ⚠ Aquí falta algo. No se ha registrado nada.
fault_not_offered = ⚠ Eso no está entre lo que ofrece esta tarjeta. No se ha registrado nada.
fault_too_long = ⚠ Este texto es demasiado largo. No se ha registrado nada; acórtalo, por favor.
fault_bad_time = ⚠ Indica un día y una hora que aún no hayan pasado. No se ha registrado nada.
fault_asked_anew = ⚠ Después se volvió a preguntar. No se ha registrado nada.
fault_past = ⚠ Esto ya ha terminado. No se ha registrado nada.
fault_over = ⚠ Esto ha terminado entretanto. Lo que escribiste no se ha enviado.
fault_answered = ⚠ Ya respondiste a esto. Esta respuesta no se ha registrado.
fault_ended = ⚠ Esto ha terminado entretanto. No se ha registrado nada.
fault_changed = ⚠ Esta tarjeta ha cambiado desde entonces. No se ha registrado nada.
words_returned = Escribiste:
newer_below = Más abajo hay una tarjeta más reciente sobre esto.
used_of = { $used } de { $total } ocupadas
image_of = Imagen de «{ $title }»

## Welcome and connection with Chronus

welcome = Te damos la bienvenida a Chronus en Teams
welcome_why = Recibes esto porque tú, o quien administra tu organización, habéis añadido la aplicación Chronus a tu Teams.
welcome_requests = Las solicitudes de mentoría, reuniones, eventos, encuestas y mensajes te llegan aquí, en tarjetas.
welcome_answer = Responde con un clic, sin salir de Teams.
welcome_current = Las tarjetas se mantienen al día: cuando algo cambia, la tarjeta lo muestra.
welcome_sees = **Qué puede ver:** tu nombre, tu correo, tu idioma y zona horaria, y este chat. Ni otros chats ni canales.
welcome_waits = Te espera: { $list }
welcome_back = Hola de nuevo
how_to_stop = Puedes dejarlo cuando quieras: escribe **{ word_disconnect }**.
hello = Hola, { $name }.
connected_as = Conexión como { $address }
connected_plain = Conexión con Chronus establecida
notifications_off = Las notificaciones están desactivadas. Escribe **{ word_connect }** para activarlas.
not_matched = No hemos podido vincular tu dirección
not_matched_fix = Comprueba que tu perfil de Chronus tiene esta dirección, o pide a la administración de tu programa que la añada. La conexión se establece en cuanto coincida.
connecting = Conectando
connecting_fix = Estamos buscando tu perfil en Chronus. No tienes que hacer nada.
guest = Las cuentas de invitado no se pueden conectar
guest_fix = Las personas invitadas a una organización no se vinculan con Chronus. Usa la aplicación Chronus en el Teams de tu propia organización, o Chronus en la web.
no_address = Sin conexión: Teams no nos ha dicho tu dirección
no_address_fix = Pregunta a la administración de Microsoft 365 si tu cuenta tiene correo y después escribe aquí **{ word_status }**.
connected = Ya tienes conexión
connected_what = Desde ahora las notificaciones de Chronus te llegan aquí.
connected_wish = Las notificaciones están activadas
connected_wish_what = Te llegarán aquí en cuanto se vincule tu dirección.
disconnected = Conexión cerrada
switched_off = Chronus está desactivado para tu organización: hasta que vuelva a activarse, nada de lo que escribas aquí tendrá efecto.
disconnected_stops = **Qué se detiene:** Chronus no envía más notificaciones a este chat. Lo que esperaba queda retenido; al conectarse de nuevo, una tarjeta muestra lo que sigue abierto.
disconnected_stays = **Lo que queda:** las tarjetas de arriba, tus respuestas y todo lo de Chronus. Sus correos se eligen allí.
disconnected_back = **Para volver:** pulsa Conectar o escribe **{ word_connect }** cuando quieras.
disconnect_ask = ¿Desconectar de Chronus?
disconnect_stops = **Qué se detiene:** las solicitudes, reuniones, eventos, encuestas y mensajes ya no te llegan a este chat.
disconnect_stays = **Lo que queda:** las tarjetas de arriba, tus respuestas y todo lo de Chronus. Sus correos se eligen allí.
disconnect_instead = ¿Solo necesitas un poco de calma? Una pausa termina sola, y nada de lo que aún importe se pierde.
press_disconnect = Desconectar
press_pause_instead = Mejor una pausa…

## Help

help_title = Qué puedes hacer aquí
help_intro = Chronus te envía solicitudes de mentoría, reuniones, eventos, encuestas y mensajes en este chat. Responde en las tarjetas o escribe uno de estos comandos:
help_help = Muestra esta lista
help_status = Muestra el estado de tu conexión y lo enviado
help_pending = Lista lo que te espera, con botones para responder
help_meetings = Lista tus próximas reuniones
help_events = Lista los eventos a los que tienes invitación
help_connections = Lista las personas con las que tienes conexión
help_message = Escribe a una de ellas; puede seguir un nombre
help_accept = Responde a una solicitud por su número en la lista
help_pause = Detiene las notificaciones un tiempo
help_resume = Termina la pausa
help_notifications = Elige qué recibes y cuándo
help_quiet = Fija las horas sin notificaciones
help_privacy = Explica qué sabe de ti esta aplicación
help_more = Muestra las líneas siguientes de una lista
help_connect = Activa las notificaciones
help_disconnect = Desactiva las notificaciones
help_message_example = { word_message }
help_accept_example = { word_accept } 2 · { word_decline } 2
help_pause_example = { word_pause } 2 semanas
help_quiet_example = { word_quiet } 18:00-08:00
not_understood = Esto es lo que puedo hacer
not_understood_near = No conozco esa orden y no guardé tu mensaje. Estas sí las conozco:
stale = Este botón ya no funciona
stale_what = La tarjeta ha cambiado desde entonces, o es de otro chat. Tu clic no ha cambiado nada. Lo que te espera está a un clic.
not_theirs = Esta tarjeta era para otra persona
not_theirs_what = En Chronus no eres, o ya no eres, la persona a la que se envió. Tu clic no ha cambiado nada.
in_doubt = Estamos comprobando de quién es esta tarjeta
in_doubt_what = Tu dirección y tu perfil en Chronus no coinciden en este momento. Hasta que coincidan se retiene lo que había aquí, y nada de lo que pulses aquí cuenta.

## Status

status = Cómo están las cosas
connected_since = Conexión desde
off_since = Desactivado desde
count_of = { $what }: { $count }
count_of_oldest = { $what }: { $count }, la más antigua hace { $age }
nothing_waits = Nada
recent_title = Últimas notificaciones
no_recent = Aún no hay notificaciones.
state_waiting = En espera
state_sent = Enviada
state_seen = Vista
state_answered = Respondida
state_not_sent = No enviada
state_unknown = Quizá enviada

## Mentoring request

request_asks = { $name } te pide que seas su { $role }
request_from = Solicitud de { $name }
request_reminder = { $name } sigue esperando tu respuesta
request_reminder_what = La solicitud sigue abierta. Un no amable también es una respuesta.
decline_reason = Motivo (opcional)
decline_hint = Tu motivo y tu nota se entregan a Chronus con la respuesta.
decline_no_capacity = Ahora mismo no tengo disponibilidad
decline_not_a_fit = No soy la persona adecuada para estos objetivos
decline_timing = No me viene bien en este momento
decline_other = Otro motivo
decline_ask = ¿Rechazar sin nota?
accepted_here = ✓ La aceptaste aquí · { $at }
accepted_elsewhere = ✓ Aceptada en Chronus · { $at }
declined_here = ✕ La rechazaste aquí · { $at }
declined_elsewhere = ✕ Rechazada en Chronus · { $at }
withdrawn = Retirada · { $at }
expired = Caducada · { $at }
ended = Terminada · { $at }
request_next_accepted = Tu respuesta va a Chronus. Siguiente paso: saluda y acordad una primera reunión.
request_next_accepted_wait = Tu respuesta va a Chronus. En cuanto Chronus os conecte a ti y a { $name }, podréis escribiros aquí.
request_next_declined = Tu respuesta va a Chronus. No hay nada más que hacer.
request_next_withdrawn = La solicitud se ha retirado, así que ya no hay nada que responder.
request_next_withdrawn_late = La habías aceptado, pero entretanto la solicitud se retiró. No hay nada más que hacer.
request_next_expired = El plazo para responder ha terminado. Si aún quieres ayudar, busca la solicitud en Chronus.
the_asker = quien la envió
outcome_accepted = { $name } ha aceptado tu solicitud
outcome_accepted_next = ¡Qué bien! Saluda y acordad una primera reunión.
outcome_accepted_wait = ¡Qué bien! En cuanto Chronus os conecte, podréis escribiros aquí.
outcome_declined = { $name } no puede atender tu solicitud esta vez
outcome_declined_next = A veces pasa, y no dice nada de ti. Puedes buscar a otra persona en Chronus.
outcome_withdrawn = Tu solicitud a { $name } se ha retirado
outcome_withdrawn_next = No hay nada más que hacer.
outcome_expired = { $name } no respondió a tu solicitud a tiempo
outcome_expired_next = Puedes volver a pedirlo en Chronus o buscar a otra persona.
their_words = Su nota

## Connection

connection_started = { $name } y tú ya tenéis conexión
connection_started_next = Un buen comienzo: un saludo breve y una fecha para la primera reunión.
connection_ending = Tu conexión con { $name } termina pronto
connection_ending_next = Una última reunión para hacer balance y dar las gracias siempre vale la pena.
connection_ended = Tu conexión con { $name } ha terminado
connection_ended_next = Gracias por el tiempo que os habéis dedicado.
press_feedback = Dar tu opinión

## Recommended match

match_title = { $name } podría encajar muy bien contigo
match_reasons = Por qué { $name }
press_match_request = Enviar solicitud…
press_match_send = Enviar solicitud
match_message = Tus palabras para { $name }
match_message_hint = Cuenta qué te gustaría aprender. Será tu solicitud de mentoría.
press_match_dismiss = No es para mí
press_match_aside = No es para mí…
match_dismiss_ask = ¿Descartar esta sugerencia? Se le comunica a Chronus que no te conviene.
match_requested = ✓ Enviaste una solicitud · { $at }
match_requested_next = Tu solicitud va a Chronus. Si llega una respuesta, la verás aquí.
match_dismissed = Descartaste esta sugerencia · { $at }
match_dismissed_next = Se le comunica a Chronus que no te conviene.
match_withdrawn = Ya no está disponible · { $at }
match_withdrawn_next = Esta sugerencia ya no está abierta.

## Meeting

meeting_asks = { $name } quiere reunirse contigo
meeting_with = Reunión con { $name }
meeting_slots = ¿Qué hora te viene bien?
slot_both_free = { $time } · ambos libres
press_slot_accept = Confirmar esta hora
press_slot_propose = Otra hora…
press_slot_propose_now = Proponer esta hora
press_meeting_decline = No puedo ir…
press_meeting_decline_now = Rechazar reunión
press_reschedule = Cambiar la hora…
press_meeting_cancel = Cancelar…
press_meeting_cancel_now = Cancelar reunión
meeting_cancel_hint = ¿Cancelar esta reunión? Se le comunica a Chronus que no puedes.
propose_date = Fecha
propose_time = Hora ({ $zone })
propose_hint = Tu propuesta va a Chronus.
meeting_accepted = ✓ Aceptaste · { $at }
meeting_slot_chosen = ✓ Elegiste { $time }
meeting_accepted_next = Tu respuesta va a Chronus. Esta tarjeta mostrará la reunión cuando esté confirmada.
meeting_declined = ✕ Rechazaste · { $at }
meeting_declined_next = Tu respuesta va a Chronus. No recibirás recordatorios de esta reunión.
meeting_proposed = Propusiste { $time }
meeting_proposed_next = Tu propuesta va a Chronus. Esta tarjeta mostrará la reunión cuando esté confirmada.
meeting_confirmed = ✓ Confirmada
meeting_moved = ↻ Cambiada a otra hora
meeting_cancelled = ✕ Cancelada · { $at }
meeting_cancelled_next = Puedes quitarla de tu calendario.
meeting_expired_next = La hora de esta reunión ya ha pasado.
meeting_notice_scheduled = Confirmada: { $title }
meeting_notice_moved = Cambio de hora: { $title }
meeting_notice_cancelled = Cancelada: { $title }
meeting_reminder_day = Se acerca: { $title }
meeting_reminder_soon = Empieza pronto: { $title }
meeting_follow_up = ¿Os habéis reunido?
meeting_follow_up_what = Tu respuesta va a Chronus.
press_held_yes = Sí, nos reunimos
press_held_no = No nos reunimos
meeting_held = ✓ Dijiste que os reunisteis · { $at }
meeting_held_next = ¡Bien! Acordad la próxima fecha ahora que está reciente.
meeting_not_held = Dijiste que no os reunisteis · { $at }
meeting_not_held_next = No pasa nada. Envía un mensaje corto para buscar otra fecha.
meeting_not_held_elsewhere = No pasa nada. Puedes buscar otra fecha en Chronus.

## ERG event

event_invited = ⏳ Tienes una invitación
event_updated = ↻ Modificado
event_cancelled = ✕ Este evento se ha cancelado
event_cancelled_next = Puedes quitarlo de tu calendario.
event_going_count = { $count ->
    [one] Va { $count } colega
   *[other] Van { $count } colegas
}
event_full = No quedan plazas
event_figures_title = Quién sabe de «{ $title }»
event_figures_told = ✓ Todo el mundo está al tanto
event_figures_waiting = ⏳ Todavía no se ha avisado a todo el mundo
event_figures_unreachable = ⚠ No se puede llegar a todo el mundo
event_figures_unreachable_next = Se ha indicado a Chronus quiénes son.
event_figures_seen = Solo cuenta como visto lo seguro: una pulsación, una reacción o una confirmación de lectura.
event_figures_counted = Recuento: { $at }
press_going = Voy
press_maybe = Quizá
press_not_going = No puedo
press_other_events = Ver otros eventos
press_change_answer = Cambiar mi respuesta
press_new_date = Ir a la nueva fecha
event_answer_going = ✓ Vas a ir
event_answer_maybe = ? Respondiste quizá
event_answer_not_going = ✕ No vas a ir
event_notice_updated = «{ $title }» ha cambiado
event_notice_cancelled = «{ $title }» se ha cancelado
event_reminder = Se acerca: { $title }
event_online = Evento en línea

## Announcement

press_acknowledge = Lo he leído
announcement_confirm = ⏳ Confirma que lo has leído
announcement_acknowledged = ✓ Confirmaste que lo leíste · { $at }
announcement_withdrawn = Este anuncio se ha retirado · { $at }

## Survey

survey_title = Unas preguntas para ti
survey_minutes = { $count ->
    [one] Te llevará cerca de { $count } minuto
   *[other] Te llevará unos { $count } minutos
}
survey_anonymous = Tus respuestas son anónimas.
survey_named = Tus respuestas se muestran con tu nombre.
survey_progress = Pregunta { $current } de { $total }
survey_resumed = { $count ->
    [one] Hay una respuesta guardada. Puedes seguir aquí o en otro dispositivo.
   *[other] Hay { $count } respuestas guardadas. Puedes seguir aquí o en otro dispositivo.
}
survey_rating_end = { $number } – { $label }
survey_rating_of = { $number } de { $max }
press_next = Siguiente
press_back = Atrás
press_skip = Omitir
press_submit = Enviar respuestas
survey_review = Esa era la última pregunta
survey_review_what = { $count ->
    [0] No has respondido a ninguna de las { $total } preguntas. Vuelve atrás o envíala así.
    [one] Has respondido a { $count } de { $total } preguntas. Envíala, o vuelve atrás para cambiar algo.
   *[other] Has respondido a { $count } de { $total } preguntas. Envíala, o vuelve atrás para cambiar algo.
}
survey_thanks = ✓ Gracias, hemos recibido tus respuestas · { $at }
survey_thanks_what = Van a Chronus.
survey_closed = Esta encuesta está cerrada · { $at }
survey_closed_what = Ya no se aceptan respuestas.
survey_reminder = ⏳ Tus respuestas siguen siendo bienvenidas
survey_long = Esta encuesta es más larga y se abre en el navegador.
survey_elsewhere = Esta encuesta se responde en Chronus.
press_survey = Abrir encuesta

## Message

message_from = { $name } te ha escrito
message_in_group = { $name } ha escrito en { $group }
message_several = { $count } mensajes de { $name }
message_group_several = { $count } mensajes en { $group }
message_reply = Tu respuesta
message_reply_hint = Solo le llega a { $name }
message_reply_group_hint = Les llega a todos en { $group }
press_reply = Enviar respuesta
message_edited = editado
message_deleted = Este mensaje se ha eliminado.
message_replied = ✓ Respondiste · { $at }
message_replied_more = { $count ->
    [one] ✓ Respondiste una vez, la última · { $at }
   *[other] ✓ Respondiste { $count } veces, la última · { $at }
}
message_reply_failed = ✕ Tu respuesta no se ha entregado · { $at }
message_reply_failed_what = Chronus no pudo recibirla. Inténtalo de nuevo aquí o escribe en Chronus.
message_failed = Tu mensaje a { $name } no se ha entregado
message_failed_what = No le ha llegado a { $name }. También puedes escribir en Chronus.

## Task

task_due_soon = ⏳ Una de tus tareas está por vencer
press_complete = Marcar como hecha
task_done = ✓ Hecha · { $at }
task_withdrawn = Ya no hace falta · { $at }

## Lists

list_pending = Lo que te espera
list_pending_none = No te espera nada. Disfruta de la calma.
list_meetings = Tus reuniones
list_meetings_none = No hay reuniones previstas.
list_events = Tus eventos
list_events_none = No hay invitaciones por ahora.
list_connections = Tus conexiones
list_connections_none = Aún no tienes conexiones. Aparecerán aquí cuando Chronus te conecte con alguien.
list_catch_up = Lo que sigue abierto
list_catch_up_what = Durante tu ausencia:
list_catch_up_none = No te has perdido nada que aún te necesite.
list_digest = Tu resumen
list_digest_what = Lo que llegó desde el último:
list_digest_none = Nada nuevo que aún importe.
list_more = { $count ->
    [one] y una más
   *[other] y { $count } más
}
list_gone = { $count ->
    [one] Una notificación ha perdido su sentido entretanto y no se muestra.
   *[other] { $count } notificaciones han perdido su sentido entretanto y no se muestran.
}
list_item = { $number }. { $title }
press_list_message = Escribir
press_list_reply = Responder
press_answer_here = Responder aquí
press_show_card = Ver la tarjeta

## Writing

compose_to = Escribir a { $name }
compose_whom = ¿A quién?
compose_which = ¿Para qué conversación es?
compose_which_one = ¿Es para { $name }?
compose_which_one_what = Prefiero no adivinar, y no he guardado lo que escribiste. Si es una respuesta, escríbela aquí.
compose_which_what = Tienes varias conversaciones abiertas y prefiero no adivinar. No he guardado lo que escribiste: escríbelo aquí y pulsa a quién va.
compose_send_to = ¿Enviar esto a { $name }?
compose_draft_what = Esto es lo que escribiste. Aún no se ha enviado nada: cámbialo si quieres y pulsa a quién va.
compose_text = Tu mensaje
press_compose_to = Enviar a { $name }
compose_none = No encuentro a nadie a quien escribir
compose_none_query = No encuentro ninguna conexión llamada «{ $query }»
compose_none_what = Puedes escribir a las personas con las que Chronus te ha conectado y responder a los mensajes que te llegaron aquí.
compose_sent = ✓ Enviado a { $name }
compose_sent_what = Si llega una respuesta, la verás aquí.
compose_closed = Después escribiste otra cosa. Responde a la pregunta más reciente.
compose_over = Esta conversación ha terminado, así que desde aquí no se puede enviar nada más. Lo que estabas escribiendo no se envió.
press_more = Mostrar { $count } más
overtaken = Algo que pediste llegó con retraso. Vale lo que elegiste después.
compose_not_sent = ✕ No entregado a { $name }

## Settings

settings = Tus notificaciones
settings_intro = Elige para cada tipo si llega enseguida, en un resumen o nunca.
settings_saved = ✓ Guardado
topic_requests = Solicitudes de mentoría
topic_meetings = Reuniones
topic_events = Eventos
topic_announcements = Anuncios
topic_surveys = Encuestas
topic_messages = Mensajes
topic_tasks = Tareas
topic_connections = Conexiones
topic_recommendations = Recomendaciones
delivery_on = Enseguida
delivery_digest = En el resumen
delivery_off = Nunca
settings_quiet = Horas de silencio
settings_quiet_what = Las tarjetas esperan a que terminen las horas de silencio; una reunión a punto de empezar sí te llega ({ $zone }).
quiet_from = Desde
quiet_to = Hasta
quiet_days = Días
quiet_all = Todos los días
quiet_weekdays = De lunes a viernes
quiet_weekends = Todos los días y todo el fin de semana
quiet_off = Sin horas de silencio
settings_digest = Resumen
digest_every = Frecuencia
digest_daily = Cada día
digest_weekly = Cada semana
press_save = Guardar
press_all_off = Desactivar todo…
press_all_off_now = Desactivar todo
settings_all_off_ask = ¿Desactivar todos los tipos? Nada de Chronus te llega aquí hasta que elijas de nuevo.
settings_paused = Todo está en pausa hasta el { $time }.

## Pause

pause_until = En pausa hasta el { $time }
pause_what = Hasta entonces no se envía nada. Después, una tarjeta muestra lo que aún importa.
press_resume = Reanudar ahora
press_pause = Pausar…
press_pause_now = Pausar
pause_how_long = ¿Cuánto tiempo?
resumed = Las notificaciones vuelven a estar activas
resumed_what = Desde ahora las tarjetas nuevas te llegan aquí.

## Privacy

privacy = Qué sabe de ti esta aplicación
privacy_sees = **Ve** tu nombre, tu correo, tu idioma, zona horaria y tipo de dispositivo, y este chat contigo. Ni otros chats, ni canales, ni archivos, ni calendario.
privacy_keeps = **Guarda** eso, las tarjetas que te envió, tus respuestas y ajustes, y qué comandos usaste. Lo demás que escribes aquí no se guarda.
privacy_shares = **Entrega** tus respuestas a Chronus y le dice si las tarjetas te llegaron; nadie más recibe nada. Los datos personales se cifran con una clave solo tuya.
privacy_erase = **Para que se borren tus datos,** usa el botón de abajo o habla con la administración de tu programa.
press_erase = Borrar mis datos
erase_ask = ¿Borrar tus datos?
erase_what = Se borran tu nombre, tu dirección, tus ajustes y lo que escribiste aquí, y ya no llegan tarjetas. Lo que hay en este chat se queda. No se puede deshacer.
press_erase_now = Borrar ahora
erasing = Tus datos se están borrando
erasing_what = Tarda un momento, y no se te envía nada más. Para volver, añade la aplicación de nuevo.
