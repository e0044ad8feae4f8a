### Português. As mesmas mensagens e variáveis do inglês; um teste compara-as.

## Words that can be typed

word_help = ajuda
word_status = situação
word_pending = pendentes
word_meetings = reuniões
word_events = eventos
word_connections = conexões
word_message = mensagem
word_pause = pausar
word_resume = retomar
word_notifications = notificações
word_quiet = silêncio
word_privacy = privacidade
word_more = mais
word_connect = conectar
word_disconnect = desconectar
word_accept = aceitar
word_decline = recusar

## Times

weekday = { $day ->
    [1] seg.
    [2] ter.
    [3] qua.
    [4] qui.
    [5] sex.
    [6] sáb.
   *[7] dom.
}
month = { $month ->
    [1] jan.
    [2] fev.
    [3] mar.
    [4] abr.
    [5] maio
    [6] jun.
    [7] jul.
    [8] ago.
    [9] set.
    [10] out.
    [11] nov.
   *[12] dez.
}
date = { $weekday }, { $day } { $month } { $year }
date_short = { $weekday }, { $day } { $month }
date_time = { $date }, { $time }
zone_time = hora de { $place }
zone_place = { $place ->
    [London] Londres
    [Berlin] Berlim
    [New_York] Nova York
    [Lisbon] Lisboa
    [Madrid] Madri
    [Rome] Roma
    [Moscow] Moscou
    [Tokyo] Tóquio
    [Mexico_City] Cidade do México
    [Brussels] Bruxelas
    [Amsterdam] Amsterdã
    [Zurich] Zurique
    [Vienna] Viena
    [Warsaw] Varsóvia
    [Prague] Praga
    [Copenhagen] Copenhague
    [Stockholm] Estocolmo
    [Athens] Atenas
    [Cairo] Cairo
    [Johannesburg] Joanesburgo
    [Singapore] Singapura
    [Sao_Paulo] São Paulo
    [Bogota] Bogotá
    [Kolkata] Calcutá
    [Istanbul] Istambul
    [Seoul] Seul
    [Shanghai] Xangai
    [Riyadh] Riade
    [Luxembourg] Luxemburgo
   *[other] { $place }
}
day_today = Hoje, { $date }
day_tomorrow = Amanhã, { $date }
span = { $from } – { $to }
age_days = { $count ->
    [one] { $count } dia
   *[other] { $count } dias
}
age_hours = { $count ->
    [one] { $count } hora
   *[other] { $count } horas
}

## What a card is about

kind_request = Pedido de mentoria
kind_connection = Conexão de mentoria
kind_match = Recomendação
kind_meeting = Reunião
kind_event = Evento
kind_announcement = Comunicado
kind_survey = Pesquisa
kind_message = Mensagem
kind_task = Tarefa
kind_news = Novidades
kind_welcome = Boas-vindas
kind_digest = Resumo
kind_reply = Resposta
fallback_headline = Novidades do Chronus
somebody = Alguém
your_partner = seu contato
role_mentor = mentor
role_mentee = mentorado

## Toasts: shown on lock screens, so they name nobody

toast_request = Novo pedido de mentoria
toast_request_reminder = Um pedido de mentoria espera sua resposta
toast_request_accepted = Pedido de mentoria aceito
toast_request_declined = Pedido de mentoria recusado
toast_request_withdrawn = Pedido de mentoria retirado
toast_request_expired = Pedido de mentoria expirado
toast_connection = Novidades sobre sua conexão de mentoria
toast_match = Nova recomendação
toast_meeting = Novo convite para reunião
toast_meeting_scheduled = Reunião confirmada
toast_meeting_moved = Reunião em novo horário
toast_meeting_cancelled = Reunião cancelada
toast_meeting_reminder = Sua reunião está próxima
toast_meeting_soon = Sua reunião começa em breve
toast_meeting_follow_up = Sua reunião aconteceu?
toast_event = Convite para um evento
toast_event_updated = Evento alterado
toast_event_cancelled = Evento cancelado
toast_event_reminder = Seu evento está próximo
toast_event_figures = Como vai seu convite
toast_announcement = Novo comunicado
toast_survey = Nova pesquisa
toast_survey_reminder = Uma pesquisa espera por você
toast_survey_closed = Pesquisa encerrada
toast_message = Nova mensagem
toast_message_failed = Sua mensagem não foi entregue
toast_task = Nova tarefa
toast_task_reminder = Uma tarefa está perto do prazo
toast_task_done = Tarefa concluída
toast_ended = Não há mais nada a fazer
toast_paused = Notificações em pausa
toast_news = Nova notificação do Chronus
toast_news_request = Novidades sobre um pedido de mentoria
toast_news_meeting = Novidades sobre uma reunião
toast_news_event = Novidades sobre um evento
toast_news_task = Novidades sobre uma tarefa

## Said without a card

note_done = Feito.
note_erased = O que este cartão mostrava foi apagado.
note_not_drawn = Não é possível mostrar o cartão agora. Se o seu clique contou, o cartão o mostrará em breve.
note_personal_chat_only = Só funciono em um chat pessoal. Abra um chat comigo e digite { $help }.
note_unnamed = O Teams não informou quem você é.
note_not_linked = Sua organização ainda não está conectada ao Chronus no Teams. Um administrador que tenha um código do Chronus o digita aqui depois da palavra link.
note_linked = Sua organização agora está conectada ao Chronus no Teams.
note_link_wrong = Este código não está correto ou não vale mais. Peça um novo ao Chronus.
note_link_others = Sua organização já está conectada a outro cliente do Chronus. Nada foi alterado.
note_link_too_often = Foram tentados códigos demais. Tente de novo em dez minutos.

## Why a card came, and how to get fewer

why_request = Você recebe isto porque pediram a você.
why_asker = Você recebe isto porque fez o pedido.
why_connection = Você recebe isto porque a conexão é sua.
why_match = Você recebe isto porque procura mentoria.
why_meeting = Você recebe isto porque participa.
why_event = Você recebe isto porque tem convite.
why_organizer = Você recebe isto porque organiza.
why_announcement = Você recebe isto do seu programa.
why_survey = Você recebe isto porque sua opinião conta.
why_message = Você recebe isto porque é para você.
why_writer = Você recebe isto porque escreveu a mensagem.
why_task = Você recebe isto porque a tarefa é sua.
why_plain = Você recebe isto do Chronus.
fewer = Para receber menos: digite { word_notifications }.
press_fewer = Receber menos avisos assim

## Labels and buttons of many cards

label_goals = Objetivos
label_time = Tempo previsto
label_answer_by = Responda até
waits_answer = ⏳ Espera sua resposta
waits_answer_by = ⏳ Responda até { $at }
waits_due = ⏳ Prazo: { $at }
label_waiting = Espera por você
label_next_meeting = Próxima reunião
label_paused = Em pausa até
label_quiet = Em silêncio até
label_why_matched = Por que vocês
label_places = Suas vagas
label_role = Seu papel
label_their_role = Papel
label_from = De
label_until = Até
label_next_step = Próximo passo
label_when = Quando
label_before = Antes
label_now = Agora
label_where = Onde
label_with = Com
label_topic = Assunto
label_host = Anfitrião
label_group = Grupo
label_seats = Vagas
label_invited = Convites
label_told = Avisadas
label_seen = Viram
label_answered = Responderam
label_on_its_way = A caminho
label_not_reached = Não alcançadas
label_reason = Motivo
label_due = Prazo
label_changed_by = Alterado por
label_cancelled_by = Cancelado por
label_new_date = Nova data
label_for = Para
label_context = Antes nesta conversa
label_attachments = Anexos

press_help = Ajuda
press_status = Situação
press_settings = Ajustes
press_connect = Conectar
press_pending = Ver o que espera
press_accept = Aceitar
press_decline = Recusar…
press_decline_now = Recusar pedido
press_view_profile = Ver perfil
press_open = Abrir
press_open_in_chronus = Abrir no Chronus
press_show_more = Ver tudo
press_show_less = Ver menos
press_join = Entrar
press_calendar = Adicionar ao calendário
press_say_hello = Dar um olá
shortened = Este texto foi encurtado. Ele está completo no Chronus.
open_at = { $label } ({ $host })
opens = Abre { $host } no navegador
note_optional = Observação (opcional)
input_required = Preencha este campo, por favor.
fault_missing = ⚠ Falta algo aqui. Nada foi registrado.
fault_not_offered = ⚠ Isso não está entre as opções deste cartão. Nada foi registrado.
fault_too_long = ⚠ Este texto é longo demais. Nada foi registrado; encurte-o, por favor.
fault_bad_time = ⚠ Indique um dia e uma hora que ainda não passaram. Nada foi registrado.
fault_asked_anew = ⚠ A pergunta foi feita de novo depois disto. Nada foi registrado.
fault_past = ⚠ Isto já passou. Nada foi registrado.
fault_over = ⚠ Isto terminou entretanto. O que você escreveu não foi enviado.
fault_answered = ⚠ Você já respondeu a isto. Esta resposta não foi registrada.
fault_ended = ⚠ Isto terminou entretanto. Nada foi registrado.
fault_changed = ⚠ Este cartão mudou desde então. Nada foi registrado.
words_returned = Você escreveu:
newer_below = Há um cartão mais recente sobre isto mais abaixo.
used_of = { $used } de { $total } ocupadas
image_of = Imagem de “{ $title }”

## Welcome and connection with Chronus

welcome = Boas-vindas ao Chronus no Teams
welcome_why = Você recebe isto porque você, ou a administração da sua organização, adicionou o aplicativo Chronus ao seu Teams.
welcome_requests = Pedidos de mentoria, reuniões, eventos, pesquisas e mensagens chegam aqui, em cartões.
welcome_answer = Responda com um clique, sem sair do Teams.
welcome_current = Os cartões se mantêm atuais: quando algo muda, o cartão mostra.
welcome_sees = **O que ele vê:** seu nome, seu e-mail, seu idioma e fuso horário e este chat. Nenhum outro chat, nenhum canal.
welcome_waits = Espera por você: { $list }
welcome_back = Olá de novo
how_to_stop = Você pode parar quando quiser: digite **{ word_disconnect }**.
hello = Olá, { $name }.
connected_as = Conexão como { $address }
connected_plain = Conexão com o Chronus estabelecida
notifications_off = As notificações estão desligadas. Digite **{ word_connect }** para ligá-las.
not_matched = Não conseguimos associar seu endereço
not_matched_fix = Verifique se seu perfil no Chronus tem este endereço, ou peça à administração do seu programa que o inclua. A conexão acontece assim que ele coincidir.
connecting = Conectando
connecting_fix = Estamos procurando seu perfil no Chronus. Você não precisa fazer nada.
guest = Contas de convidado não podem ser conectadas
guest_fix = Convidados de uma organização não são associados ao Chronus. Use o aplicativo Chronus no Teams da sua própria organização, ou o Chronus na web.
no_address = Sem conexão: o Teams não nos informou seu endereço
no_address_fix = Pergunte à administração do Microsoft 365 se sua conta tem um e-mail e depois digite **{ word_status }** aqui.
connected = Conexão estabelecida
connected_what = A partir de agora as notificações do Chronus chegam aqui.
connected_wish = As notificações estão ligadas
connected_wish_what = Elas chegam aqui assim que seu endereço for associado.
disconnected = Conexão desligada
switched_off = O Chronus está desligado para a sua organização: até que volte, nada do que você digitar aqui tem efeito.
disconnected_stops = **O que para:** o Chronus não envia mais notificações a este chat. O que esperava fica retido; ao conectar-se de novo, um cartão mostra o que continua aberto.
disconnected_stays = **O que fica:** os cartões acima, suas respostas e tudo no próprio Chronus. Os e-mails dele são escolhidos lá.
disconnected_back = **Para voltar:** clique em Conectar ou digite **{ word_connect }** quando quiser.
disconnect_ask = Desconectar do Chronus?
disconnect_stops = **O que para:** pedidos, reuniões, eventos, pesquisas e mensagens não chegam mais a este chat.
disconnect_stays = **O que fica:** os cartões acima, suas respostas e tudo no próprio Chronus. Os e-mails dele são escolhidos lá.
disconnect_instead = Só precisa de sossego? Uma pausa termina sozinha, e nada do que ainda importa se perde.
press_disconnect = Desconectar
press_pause_instead = Pausar em vez disso…

## Help

help_title = O que você pode fazer aqui
help_intro = O Chronus envia a este chat pedidos de mentoria, reuniões, eventos, pesquisas e mensagens. Responda nos cartões ou digite um destes comandos:
help_help = Mostra esta lista
help_status = Mostra sua conexão e o que foi enviado
help_pending = Lista o que espera por você, com botões para responder
help_meetings = Lista suas próximas reuniões
help_events = Lista os eventos para os quais você tem convite
help_connections = Lista as pessoas com quem você tem conexão
help_message = Escreve a uma delas; pode vir um nome depois
help_accept = Responde a um pedido pelo número na lista
help_pause = Para as notificações por um tempo
help_resume = Encerra a pausa
help_notifications = Escolhe o que você recebe e quando
help_quiet = Define as horas sem notificações
help_privacy = Conta o que este aplicativo sabe de você
help_more = Mostra as próximas linhas de uma lista
help_connect = Liga as notificações
help_disconnect = Desliga as notificações
help_message_example = { word_message }
help_accept_example = { word_accept } 2 · { word_decline } 2
help_pause_example = { word_pause } 2 semanas
help_quiet_example = { word_quiet } 18:00-08:00
not_understood = Veja o que posso fazer
not_understood_near = Não conheço esse comando e não guardei sua mensagem. Estes eu conheço:
stale = Este botão não funciona mais
stale_what = O cartão mudou desde então, ou pertence a outro chat. Seu clique não mudou nada. O que espera por você está a um clique.
not_theirs = Este cartão era para outra pessoa
not_theirs_what = No Chronus você não é, ou não é mais, a pessoa a quem ele foi enviado. Seu clique não mudou nada.
in_doubt = Estamos verificando de quem é este cartão
in_doubt_what = Seu endereço e seu perfil no Chronus não coincidem no momento. Até que coincidam, o que estava aqui fica retido e nenhum clique aqui conta.

## Status

status = Como estão as coisas
connected_since = Conexão desde
off_since = Desligado desde
count_of = { $what }: { $count }
count_of_oldest = { $what }: { $count }, o mais antigo há { $age }
nothing_waits = Nada
recent_title = Últimas notificações
no_recent = Nenhuma notificação até agora.
state_waiting = Em espera
state_sent = Enviada
state_seen = Vista
state_answered = Respondida
state_not_sent = Não enviada
state_unknown = Talvez enviada

## Mentoring request

request_asks = { $name } pede que você seja { $role }
request_from = Pedido de { $name }
request_reminder = { $name } ainda espera sua resposta
request_reminder_what = O pedido continua aberto. Um não gentil também é uma resposta.
decline_reason = Motivo (opcional)
decline_hint = O motivo e a observação vão para o Chronus com sua resposta.
decline_no_capacity = No momento não tenho disponibilidade
decline_not_a_fit = Não sou a pessoa certa para esses objetivos
decline_timing = O momento não é bom para mim
decline_other = Outro motivo
decline_ask = Recusar sem observação?
accepted_here = ✓ Você aceitou aqui · { $at }
accepted_elsewhere = ✓ Aceito no Chronus · { $at }
declined_here = ✕ Você recusou aqui · { $at }
declined_elsewhere = ✕ Recusado no Chronus · { $at }
withdrawn = Retirado · { $at }
expired = Expirado · { $at }
ended = Encerrado · { $at }
request_next_accepted = Sua resposta vai para o Chronus. A seguir: dê um olá e combinem um primeiro encontro.
request_next_accepted_wait = Sua resposta vai para o Chronus. Quando o Chronus conectar você com { $name }, vocês podem se escrever aqui.
request_next_declined = Sua resposta vai para o Chronus. Não há mais nada a fazer.
request_next_withdrawn = O pedido foi retirado, então não há mais nada a responder.
request_next_withdrawn_late = Você tinha aceitado, mas o pedido foi retirado nesse meio-tempo. Não há mais nada a fazer.
request_next_expired = O prazo para responder passou. Se ainda quiser ajudar, procure o pedido no Chronus.
the_asker = a pessoa que pediu
outcome_accepted = { $name } aceitou seu pedido
outcome_accepted_next = Que bom! Dê um olá e combinem um primeiro encontro.
outcome_accepted_wait = Que bom! Quando o Chronus conectar vocês, podem se escrever aqui.
outcome_declined = { $name } não pode aceitar seu pedido desta vez
outcome_declined_next = Acontece, e não diz nada sobre você. Você pode procurar outra pessoa no Chronus.
outcome_withdrawn = Seu pedido a { $name } foi retirado
outcome_withdrawn_next = Não há mais nada a fazer.
outcome_expired = { $name } não respondeu ao seu pedido a tempo
outcome_expired_next = Você pode pedir de novo no Chronus ou procurar outra pessoa.
their_words = A observação dessa pessoa

## Connection

connection_started = Você e { $name } têm uma conexão
connection_started_next = Um bom começo é um breve olá e uma data para o primeiro encontro.
connection_ending = Sua conexão com { $name } termina em breve
connection_ending_next = Um último encontro para olhar para trás e agradecer vale a pena.
connection_ended = Sua conexão com { $name } terminou
connection_ended_next = Obrigado pelo tempo que vocês dedicaram um ao outro.
press_feedback = Dar retorno

## Recommended match

match_title = { $name } pode combinar bem com você
match_reasons = Por que { $name }
press_match_request = Enviar um pedido…
press_match_send = Enviar pedido
match_message = Suas palavras para { $name }
match_message_hint = Diga o que gostaria de aprender. Isso se torna seu pedido de mentoria.
press_match_dismiss = Não é para mim
press_match_aside = Não é para mim…
match_dismiss_ask = Descartar esta sugestão? O Chronus fica sabendo que ela não serve para você.
match_requested = ✓ Você enviou um pedido · { $at }
match_requested_next = Seu pedido vai para o Chronus. Se vier uma resposta, ela chega aqui.
match_dismissed = Você descartou esta sugestão · { $at }
match_dismissed_next = O Chronus fica sabendo que ela não serve para você.
match_withdrawn = Não disponível · { $at }
match_withdrawn_next = Esta sugestão não está mais aberta.

## Meeting

meeting_asks = { $name } gostaria de se reunir com você
meeting_with = Reunião com { $name }
meeting_slots = Que horário serve para você?
slot_both_free = { $time } · ambos livres
press_slot_accept = Confirmar este horário
press_slot_propose = Outro horário…
press_slot_propose_now = Propor este horário
press_meeting_decline = Não posso…
press_meeting_decline_now = Recusar reunião
press_reschedule = Remarcar…
press_meeting_cancel = Cancelar…
press_meeting_cancel_now = Cancelar reunião
meeting_cancel_hint = Cancelar esta reunião? O Chronus fica sabendo que você não pode.
propose_date = Data
propose_time = Hora ({ $zone })
propose_hint = Sua proposta vai para o Chronus.
meeting_accepted = ✓ Você aceitou · { $at }
meeting_slot_chosen = ✓ Você escolheu { $time }
meeting_accepted_next = Sua resposta vai para o Chronus. Este cartão mostra a reunião quando ela for confirmada.
meeting_declined = ✕ Você recusou · { $at }
meeting_declined_next = Sua resposta vai para o Chronus. Você não recebe lembretes desta reunião.
meeting_proposed = Você propôs { $time }
meeting_proposed_next = Sua proposta vai para o Chronus. Este cartão mostra a reunião quando ela for confirmada.
meeting_confirmed = ✓ Confirmada
meeting_moved = ↻ Mudou de horário
meeting_cancelled = ✕ Cancelada · { $at }
meeting_cancelled_next = Você pode removê-la do seu calendário.
meeting_expired_next = O horário desta reunião já passou.
meeting_notice_scheduled = Confirmada: { $title }
meeting_notice_moved = Novo horário: { $title }
meeting_notice_cancelled = Cancelada: { $title }
meeting_reminder_day = Em breve: { $title }
meeting_reminder_soon = Começa logo: { $title }
meeting_follow_up = Vocês se reuniram?
meeting_follow_up_what = Sua resposta vai para o Chronus.
press_held_yes = Sim, nos reunimos
press_held_no = Não, não nos reunimos
meeting_held = ✓ Você disse que se reuniram · { $at }
meeting_held_next = Ótimo! Combinem logo a próxima data.
meeting_not_held = Você disse que não se reuniram · { $at }
meeting_not_held_next = Sem problema. Envie uma breve mensagem para achar uma nova data.
meeting_not_held_elsewhere = Sem problema. Você pode procurar uma nova data no Chronus.

## ERG event

event_invited = ⏳ Você tem um convite
event_updated = ↻ Alterado
event_cancelled = ✕ Este evento foi cancelado
event_cancelled_next = Você pode removê-lo do seu calendário.
event_going_count = { $count ->
    [one] { $count } colega vai
   *[other] { $count } colegas vão
}
event_full = Sem vagas
event_figures_title = Quem soube de “{ $title }”
event_figures_told = ✓ Todas as pessoas foram avisadas
event_figures_waiting = ⏳ Nem todas as pessoas foram avisadas ainda
event_figures_unreachable = ⚠ Nem todas as pessoas podem ser alcançadas
event_figures_unreachable_next = O Chronus foi informado de quem são.
event_figures_seen = Só conta como visto o que é certo: um clique, uma reação ou uma confirmação de leitura.
event_figures_counted = Contagem: { $at }
press_going = Vou
press_maybe = Talvez
press_not_going = Não posso ir
press_other_events = Ver outros eventos
press_change_answer = Mudar minha resposta
press_new_date = Ir para a nova data
event_answer_going = ✓ Você vai
event_answer_maybe = ? Você respondeu talvez
event_answer_not_going = ✕ Você não vai
event_notice_updated = “{ $title }” mudou
event_notice_cancelled = “{ $title }” foi cancelado
event_reminder = Em breve: { $title }
event_online = Evento online

## Announcement

press_acknowledge = Li este comunicado
announcement_confirm = ⏳ Confirme que leu isto
announcement_acknowledged = ✓ Você confirmou que leu · { $at }
announcement_withdrawn = Este comunicado foi retirado · { $at }

## Survey

survey_title = Algumas perguntas para você
survey_minutes = { $count ->
    [one] Leva cerca de { $count } minuto
   *[other] Leva cerca de { $count } minutos
}
survey_anonymous = Suas respostas são anônimas.
survey_named = Suas respostas aparecem com seu nome.
survey_progress = Pergunta { $current } de { $total }
survey_resumed = { $count ->
    [one] Uma resposta está salva. Você pode continuar aqui ou em outro aparelho.
   *[other] { $count } respostas estão salvas. Você pode continuar aqui ou em outro aparelho.
}
survey_rating_end = { $number } – { $label }
survey_rating_of = { $number } de { $max }
press_next = Avançar
press_back = Voltar
press_skip = Pular
press_submit = Enviar respostas
survey_review = Essa foi a última pergunta
survey_review_what = { $count ->
    [0] Você não respondeu a nenhuma das { $total } perguntas. Volte ou envie assim mesmo.
    [one] Você respondeu a { $count } de { $total } perguntas. Envie, ou volte para mudar algo.
   *[other] Você respondeu a { $count } de { $total } perguntas. Envie, ou volte para mudar algo.
}
survey_thanks = ✓ Obrigado, suas respostas chegaram · { $at }
survey_thanks_what = Elas vão para o Chronus.
survey_closed = Esta pesquisa está encerrada · { $at }
survey_closed_what = Não são aceitas mais respostas.
survey_reminder = ⏳ Suas respostas ainda são bem-vindas
survey_long = Esta pesquisa é mais longa e abre no navegador.
survey_elsewhere = Esta pesquisa é respondida no Chronus.
press_survey = Abrir pesquisa

## Message

message_from = { $name } escreveu para você
message_in_group = { $name } escreveu em { $group }
message_several = { $count } mensagens de { $name }
message_group_several = { $count } mensagens em { $group }
message_reply = Sua resposta
message_reply_hint = Vai só para { $name }
message_reply_group_hint = Vai para todos em { $group }
press_reply = Enviar resposta
message_edited = editada
message_deleted = Esta mensagem foi apagada.
message_replied = ✓ Você respondeu · { $at }
message_replied_more = { $count ->
    [one] ✓ Você respondeu uma vez, por último · { $at }
   *[other] ✓ Você respondeu { $count } vezes, por último · { $at }
}
message_reply_failed = ✕ Sua resposta não foi entregue · { $at }
message_reply_failed_what = O Chronus não pôde recebê-la. Tente de novo aqui ou escreva no Chronus.
message_failed = Sua mensagem para { $name } não foi entregue
message_failed_what = Ela não chegou a { $name }. Você pode escrever no Chronus.

## Task

task_due_soon = ⏳ Uma tarefa sua está perto do prazo
press_complete = Marcar como concluída
task_done = ✓ Concluída · { $at }
task_withdrawn = Não é mais necessária · { $at }

## Lists

list_pending = O que espera por você
list_pending_none = Nada espera por você. Aproveite o sossego.
list_meetings = Suas reuniões
list_meetings_none = Nenhuma reunião planejada.
list_events = Seus eventos
list_events_none = Nenhum convite no momento.
list_connections = Suas conexões
list_connections_none = Você ainda não tem conexões. Elas aparecem aqui quando o Chronus conectar você com alguém.
list_catch_up = O que ainda está aberto
list_catch_up_what = Enquanto você esteve fora:
list_catch_up_none = Você não perdeu nada que ainda precise de você.
list_digest = Seu resumo
list_digest_what = O que chegou desde o último:
list_digest_none = Nada de novo que ainda importe.
list_more = { $count ->
    [one] e mais um
   *[other] e mais { $count }
}
list_gone = { $count ->
    [one] Uma notificação perdeu a validade nesse meio-tempo e não aparece.
   *[other] { $count } notificações perderam a validade nesse meio-tempo e não aparecem.
}
list_item = { $number }. { $title }
press_list_message = Escrever
press_list_reply = Responder
press_answer_here = Responder aqui
press_show_card = Mostrar o cartão

## Writing

compose_to = Escrever para { $name }
compose_whom = Para quem?
compose_which = De qual conversa se trata?
compose_which_one = É para { $name }?
compose_which_one_what = Eu não adivinho e não guardei o que você digitou. Se for uma resposta, escreva-a aqui.
compose_which_what = Há várias conversas abertas, e eu não adivinho. Não guardei o que você digitou: escreva aqui e clique para onde vai.
compose_send_to = Enviar isto para { $name }?
compose_draft_what = Isto é o que você digitou. Nada foi enviado ainda: mude se quiser e clique para onde vai.
compose_text = Sua mensagem
press_compose_to = Enviar para { $name }
compose_none = Não achei ninguém para quem escrever
compose_none_query = Não achei nenhuma conexão chamada “{ $query }”
compose_none_what = Você pode escrever a pessoas com quem o Chronus conectou você e responder a mensagens que chegaram aqui.
compose_sent = ✓ Enviada para { $name }
compose_sent_what = Se vier uma resposta, ela chega aqui.
compose_closed = Depois disto você escreveu outra coisa. Responda à pergunta mais recente.
compose_over = Esta conversa terminou, por isso nada mais pode ser enviado daqui. O que você estava escrevendo não foi enviado.
press_more = Mostrar mais { $count }
overtaken = Algo que você pediu chegou com atraso. Vale o que você escolheu depois.
compose_not_sent = ✕ Não entregue a { $name }

## Settings

settings = Suas notificações
settings_intro = Escolha para cada tipo se chega na hora, em um resumo ou não chega.
settings_saved = ✓ Salvo
topic_requests = Pedidos de mentoria
topic_meetings = Reuniões
topic_events = Eventos
topic_announcements = Comunicados
topic_surveys = Pesquisas
topic_messages = Mensagens
topic_tasks = Tarefas
topic_connections = Conexões
topic_recommendations = Recomendações
delivery_on = Na hora
delivery_digest = No resumo
delivery_off = Desligado
settings_quiet = Horas de silêncio
settings_quiet_what = Os cartões esperam o fim das horas de silêncio; uma reunião que começa logo chega mesmo assim ({ $zone }).
quiet_from = De
quiet_to = Até
quiet_days = Em
quiet_all = Todos os dias
quiet_weekdays = De segunda a sexta
quiet_weekends = Todos os dias, e o fim de semana inteiro
quiet_off = Sem horas de silêncio
settings_digest = Resumo
digest_every = Com que frequência
digest_daily = Todo dia
digest_weekly = Toda semana
press_save = Salvar
press_all_off = Desligar tudo…
press_all_off_now = Desligar tudo
settings_all_off_ask = Desligar todos os tipos? Nada do Chronus chega aqui até você escolher de novo.
settings_paused = Tudo está em pausa até { $time }.

## Pause

pause_until = Em pausa até { $time }
pause_what = Nada é enviado até lá. Depois um cartão mostra o que ainda importa.
press_resume = Retomar agora
press_pause = Pausar…
press_pause_now = Pausar
pause_how_long = Por quanto tempo?
resumed = As notificações estão ligadas de novo
resumed_what = A partir de agora novos cartões chegam aqui.

## Privacy

privacy = O que este aplicativo sabe de você
privacy_sees = **Ele vê** seu nome, seu e-mail, seu idioma, fuso horário e tipo de aparelho, e este chat com ele. Nenhum outro chat, canal, arquivo ou calendário.
privacy_keeps = **Ele guarda** isso, os cartões que enviou a você, suas respostas e ajustes e quais comandos você usou. Outro texto que você digita aqui não é guardado.
privacy_shares = **Ele entrega** suas respostas ao Chronus e informa se os cartões chegaram a você; ninguém mais recebe nada. Os dados pessoais são cifrados com uma chave só sua.
privacy_erase = **Para apagar seus dados,** use o botão abaixo ou fale com a administração do seu programa.
press_erase = Apagar meus dados
erase_ask = Apagar seus dados?
erase_what = Seu nome, seu endereço, seus ajustes e o que você escreveu aqui são apagados, e não chegam mais cartões. O que está neste chat fica. Isso não pode ser desfeito.
press_erase_now = Apagar agora
erasing = Seus dados estão sendo apagados
erasing_what = Leva um momento, e nada mais é enviado a você. Para voltar, adicione o aplicativo de novo.
