### العربية. الرسائل والمتغيرات نفسها كما في الإنجليزية؛ يقارنها اختبار.

## Words that can be typed

word_help = مساعدة
word_status = الحالة
word_pending = المعلقة
word_meetings = الاجتماعات
word_events = الفعاليات
word_connections = العلاقات
word_message = رسالة
word_pause = إيقاف
word_resume = استئناف
word_notifications = الإشعارات
word_quiet = هدوء
word_privacy = الخصوصية
word_more = المزيد
word_connect = اتصال
word_disconnect = فصل
word_accept = قبول
word_decline = رفض

## Times

weekday = { $day ->
    [1] الإثنين
    [2] الثلاثاء
    [3] الأربعاء
    [4] الخميس
    [5] الجمعة
    [6] السبت
   *[7] الأحد
}
month = { $month ->
    [1] يناير
    [2] فبراير
    [3] مارس
    [4] أبريل
    [5] مايو
    [6] يونيو
    [7] يوليو
    [8] أغسطس
    [9] سبتمبر
    [10] أكتوبر
    [11] نوفمبر
   *[12] ديسمبر
}
date = { $weekday } { $day } { $month } { $year }
date_short = { $weekday } { $day } { $month }
date_time = { $date }، { $time }
zone_time = بتوقيت { $place }
zone_place = { $place ->
    [London] لندن
    [Paris] باريس
    [Berlin] برلين
    [New_York] نيويورك
    [Lisbon] لشبونة
    [Madrid] مدريد
    [Rome] روما
    [Moscow] موسكو
    [Tokyo] طوكيو
    [Cairo] القاهرة
    [Riyadh] الرياض
    [Dubai] دبي
    [Beirut] بيروت
    [Baghdad] بغداد
    [Amman] عمّان
    [Kuwait] الكويت
    [Qatar] الدوحة
    [Casablanca] الدار البيضاء
    [Tunis] تونس
    [Algiers] الجزائر
    [Istanbul] إسطنبول
    [Singapore] سنغافورة
    [Los_Angeles] لوس أنجلوس
    [Chicago] شيكاغو
    [Toronto] تورونتو
    [Kolkata] كولكاتا
    [Karachi] كراتشي
   *[other] { $place }
}
day_today = اليوم، { $date }
day_tomorrow = غدًا، { $date }
span = { $from } – { $to }
age_days = { $count ->
    [zero] { $count } يوم
    [one] يوم واحد
    [two] يومين
    [few] { $count } أيام
    [many] { $count } يومًا
   *[other] { $count } يوم
}
age_hours = { $count ->
    [zero] { $count } ساعة
    [one] ساعة واحدة
    [two] ساعتين
    [few] { $count } ساعات
    [many] { $count } ساعةً
   *[other] { $count } ساعة
}

## What a card is about

kind_request = طلب إرشاد
kind_connection = علاقة إرشاد
kind_match = ترشيح
kind_meeting = اجتماع
kind_event = فعالية
kind_announcement = إعلان
kind_survey = استبيان
kind_message = رسالة
kind_task = مهمة
kind_news = أخبار
kind_welcome = ترحيب
kind_digest = ملخص
kind_reply = رد
fallback_headline = جديد من Chronus
somebody = شخص ما
your_partner = شريكك
role_mentor = مرشد
role_mentee = مسترشد

## Toasts: shown on lock screens, so they name nobody

toast_request = طلب إرشاد جديد
toast_request_reminder = طلب إرشاد ينتظر ردك
toast_request_accepted = قُبل طلب الإرشاد
toast_request_declined = رُفض طلب الإرشاد
toast_request_withdrawn = سُحب طلب الإرشاد
toast_request_expired = انتهت مهلة طلب الإرشاد
toast_connection = جديد في علاقة الإرشاد
toast_match = ترشيح جديد
toast_meeting = اقتراح اجتماع جديد
toast_meeting_scheduled = تأكد الاجتماع
toast_meeting_moved = تغير موعد الاجتماع
toast_meeting_cancelled = أُلغي الاجتماع
toast_meeting_reminder = اجتماعك يقترب
toast_meeting_soon = اجتماعك يبدأ قريبًا
toast_meeting_follow_up = هل عُقد اجتماعك؟
toast_event = دعوة إلى فعالية
toast_event_updated = تغيرت الفعالية
toast_event_cancelled = أُلغيت الفعالية
toast_event_reminder = الفعالية تقترب
toast_event_figures = كيف تصل دعوتك
toast_announcement = إعلان جديد
toast_survey = استبيان جديد
toast_survey_reminder = استبيان ينتظرك
toast_survey_closed = أُغلق الاستبيان
toast_message = رسالة جديدة
toast_message_failed = لم تُسلَّم رسالتك
toast_task = مهمة جديدة
toast_task_reminder = مهمة حان موعدها
toast_task_done = أُنجزت المهمة
toast_ended = لم يعد هناك ما يلزم فعله
toast_paused = الإشعارات متوقفة مؤقتًا
toast_news = إشعار جديد من Chronus
toast_news_request = جديد بشأن طلب إرشاد
toast_news_meeting = جديد بشأن اجتماع
toast_news_event = جديد بشأن فعالية
toast_news_task = جديد بشأن مهمة

## Said without a card

note_done = تم.
note_erased = ما كانت تعرضه هذه البطاقة قد مُحي.
note_not_drawn = لا يمكن عرض البطاقة الآن. إذا احتُسبت نقرتك فستُظهر البطاقة ذلك قريبًا.
note_personal_chat_only = أعمل في المحادثة الشخصية فقط. افتح محادثة معي واكتب { $help }.
note_unnamed = لم يخبرنا Teams من أنت.
note_not_linked = مؤسستك غير مرتبطة بعد بـ Chronus في Teams. يكتب المسؤول الذي لديه رمز من Chronus ذلك الرمز هنا بعد كلمة link.
note_linked = أصبحت مؤسستك مرتبطة الآن بـ Chronus في Teams.
note_link_wrong = هذا الرمز غير صحيح أو لم يعد صالحًا. اطلب رمزًا جديدًا من Chronus.
note_link_others = مؤسستك مرتبطة بالفعل بعميل آخر لـ Chronus. لم يتغير شيء.
note_link_too_often = جُرّبت رموز كثيرة جدًا. حاول مرة أخرى بعد عشر دقائق.

## Why a card came, and how to get fewer

why_request = يصلك هذا لأن الطلب موجّه إليك.
why_asker = يصلك هذا لأنك أرسلت الطلب.
why_connection = يصلك هذا لأنك طرف في هذه العلاقة.
why_match = يصلك هذا لأنك تبحث عن شريك إرشاد.
why_meeting = يصلك هذا لأنك مشارك في هذا الاجتماع.
why_event = يصلك هذا لأنك مدعو.
why_organizer = يصلك هذا لأنك تنظم الفعالية.
why_announcement = يصلك هذا من برنامجك.
why_survey = يصلك هذا لأن رأيك مهم.
why_message = يصلك هذا لأن الرسالة مكتوبة لك.
why_writer = يصلك هذا لأنك كتبت الرسالة.
why_task = يصلك هذا لأن المهمة مسندة إليك.
why_plain = يصلك هذا من Chronus.
fewer = لتلقي عدد أقل: اكتب { word_notifications }.
press_fewer = إشعارات أقل كهذا

## Labels and buttons of many cards

label_goals = الأهداف
label_time = الوقت المتوقع
label_answer_by = يرجى الرد قبل
waits_answer = ⏳ ينتظر ردك
waits_answer_by = ⏳ يُرجى الرد قبل { $at }
waits_due = ⏳ الموعد: { $at }
label_waiting = في انتظارك
label_next_meeting = الاجتماع القادم
label_paused = إيقاف مؤقت حتى
label_quiet = هدوء حتى
label_why_matched = ما يجمعكما
label_places = أماكنك
label_role = دورك
label_their_role = الدور
label_from = من
label_until = حتى
label_next_step = الخطوة التالية
label_when = الموعد
label_before = قبل
label_now = الآن
label_where = المكان
label_with = مع
label_topic = الموضوع
label_host = المضيف
label_group = المجموعة
label_seats = الأماكن المتبقية
label_invited = المدعوون
label_told = أُبلغوا
label_seen = شاهدوا
label_answered = أجابوا
label_on_its_way = في الطريق
label_not_reached = لم يُبلغوا
label_reason = السبب
label_due = موعد الاستحقاق
label_changed_by = عدّله
label_cancelled_by = ألغاه
label_new_date = الموعد الجديد
label_for = إلى
label_context = سابقًا في هذه المحادثة
label_attachments = المرفقات

press_help = مساعدة
press_status = الحالة
press_settings = الإعدادات
press_connect = اتصال
press_pending = عرض ما ينتظرك
press_accept = قبول
press_decline = رفض…
press_decline_now = رفض الطلب
press_view_profile = عرض الملف الشخصي
press_open = فتح
press_open_in_chronus = فتح في Chronus
press_show_more = عرض الكل
press_show_less = عرض أقل
press_join = انضمام
press_calendar = إضافة إلى التقويم
press_say_hello = إلقاء التحية
shortened = اختُصر هذا النص. تجده كاملًا في Chronus.
open_at = { $label } ({ $host })
opens = يفتح { $host } في المتصفح
note_optional = ملاحظة (اختيارية)
input_required = يرجى ملء هذا الحقل.
fault_missing = ⚠ هناك شيء ناقص هنا. لم يُسجَّل أي شيء.
fault_not_offered = ⚠ هذا ليس من بين ما تعرضه هذه البطاقة. لم يُسجَّل أي شيء.
fault_too_long = ⚠ هذا النص طويل جدًا. لم يُسجَّل أي شيء؛ يُرجى اختصاره.
fault_bad_time = ⚠ يُرجى تحديد يوم ووقت لم يحِلّا بعد. لم يُسجَّل أي شيء.
fault_asked_anew = ⚠ طُرح السؤال من جديد بعد ذلك. لم يُسجَّل أي شيء.
fault_past = ⚠ لقد انقضى هذا. لم يُسجَّل أي شيء.
fault_over = ⚠ انتهى هذا في الأثناء. لم يُرسَل ما كتبته.
fault_answered = ⚠ سبق أن أجبت عن هذا. لم تُسجَّل هذه الإجابة.
fault_ended = ⚠ انتهى هذا في الأثناء. لم يُسجَّل أي شيء.
fault_changed = ⚠ تغيّرت هذه البطاقة منذ ذلك الحين. لم يُسجَّل أي شيء.
words_returned = كتبت:
newer_below = توجد بطاقة أحدث حول هذا في الأسفل.
used_of = { $used } من { $total } مشغولة
image_of = صورة «{ $title }»

## Welcome and connection with Chronus

welcome = مرحبًا بك في Chronus على Teams
welcome_why = يصلك هذا لأنك، أو مسؤول مؤسستك، أضفت تطبيق Chronus إلى Teams لديك.
welcome_requests = تصلك هنا طلبات الإرشاد والاجتماعات والفعاليات والاستبيانات والرسائل على شكل بطاقات.
welcome_answer = ردّ بضغطة واحدة دون مغادرة Teams.
welcome_current = تبقى البطاقات محدّثة: إذا تغير شيء أظهرته البطاقة.
welcome_sees = **ما يمكنه رؤيته:** اسمك وبريدك الإلكتروني ولغتك ومنطقتك الزمنية وهذه المحادثة. لا محادثات أخرى ولا قنوات.
welcome_waits = بانتظارك: { $list }
welcome_back = أهلًا بعودتك
how_to_stop = يمكنك التوقف في أي وقت: اكتب **{ word_disconnect }**.
hello = مرحبًا { $name }.
connected_as = متصل باسم { $address }
connected_plain = متصل بـ Chronus
notifications_off = الإشعارات متوقفة. اكتب **{ word_connect }** لتشغيلها.
not_matched = تعذّرت مطابقة عنوانك
not_matched_fix = تأكد من أن ملفك في Chronus يحمل هذا العنوان، أو اطلب من مسؤول برنامجك إضافته. يكتمل اتصالك بمجرد تطابقه.
connecting = جارٍ الاتصال
connecting_fix = نبحث عن ملفك في Chronus. لا يلزمك فعل أي شيء.
guest = لا يمكن ربط حسابات الضيوف
guest_fix = لا يُربط ضيوف المؤسسة بـ Chronus. استخدم تطبيق Chronus في Teams الخاص بمؤسستك، أو Chronus على الويب.
no_address = غير متصل: لم يخبرنا Teams بعنوانك
no_address_fix = اسأل مسؤول Microsoft 365 هل لحسابك بريد إلكتروني، ثم اكتب **{ word_status }** هنا.
connected = أنت متصل
connected_what = تصلك إشعارات Chronus هنا من الآن.
connected_wish = الإشعارات مفعّلة
connected_wish_what = تصلك هنا بمجرد مطابقة عنوانك.
disconnected = انقطع الاتصال
switched_off = تم إيقاف Chronus لمؤسستك: حتى يُشغَّل من جديد، لن يكون لأي شيء تكتبه هنا أي أثر.
disconnected_stops = **ما يتوقف:** لا يرسل Chronus مزيدًا من الإشعارات إلى هذه المحادثة. ما كان ينتظر يُحتفظ به، وعند الاتصال من جديد تعرض بطاقة واحدة ما لا يزال مفتوحًا.
disconnected_stays = **ما يبقى:** البطاقات أعلاه وإجاباتك وكل شيء في Chronus نفسه. رسائله البريدية تُضبط هناك.
disconnected_back = **للعودة:** اضغط «اتصال» أو اكتب **{ word_connect }** في أي وقت.
disconnect_ask = هل تريد قطع الاتصال بـ Chronus؟
disconnect_stops = **ما يتوقف:** لن تصلك الطلبات والاجتماعات والفعاليات والاستبيانات والرسائل في هذه المحادثة.
disconnect_stays = **ما يبقى:** البطاقات أعلاه وإجاباتك وكل شيء في Chronus نفسه. رسائله البريدية تُضبط هناك.
disconnect_instead = تحتاج إلى بعض الهدوء فقط؟ الإيقاف المؤقت ينتهي من تلقاء نفسه، ولا يضيع شيء مهم.
press_disconnect = قطع الاتصال
press_pause_instead = إيقاف مؤقت بدلًا من ذلك…

## Help

help_title = ما يمكنك فعله هنا
help_intro = يرسل لك Chronus في هذه المحادثة طلبات إرشاد واجتماعات وفعاليات واستبيانات ورسائل. ردّ على البطاقات، أو اكتب أحد هذه الأوامر:
help_help = يعرض هذه القائمة
help_status = يعرض حالة اتصالك وما أُرسل
help_pending = يعرض ما ينتظرك مع أزرار للرد
help_meetings = يعرض اجتماعاتك القادمة
help_events = يعرض الفعاليات التي دُعيت إليها
help_connections = يعرض من تربطك بهم علاقة إرشاد
help_message = يكتب إلى أحدهم؛ ويمكن إتباعه باسم
help_accept = يرد على طلب برقمه في القائمة
help_pause = يوقف الإشعارات مدة من الزمن
help_resume = ينهي الإيقاف المؤقت
help_notifications = يحدد ما يصلك ومتى
help_quiet = يحدد ساعات بلا إشعارات
help_privacy = يوضح ما يعرفه هذا التطبيق عنك
help_more = يعرض الأسطر التالية من القائمة
help_connect = يشغّل الإشعارات
help_disconnect = يوقف الإشعارات
help_message_example = { word_message }
help_accept_example = { word_accept } 2 · { word_decline } 2
help_pause_example = { word_pause } أسبوعين
help_quiet_example = { word_quiet } ⁦18:00-08:00⁩
not_understood = هذا ما أستطيع فعله
not_understood_near = لا أعرف هذا الأمر ولم أحتفظ برسالتك. هذه أعرفها:
stale = لم يعد هذا الزر يعمل
stale_what = تغيرت البطاقة منذ ذلك الحين، أو أنها من محادثة أخرى. لم تغيّر ضغطتك شيئًا. ما ينتظرك على بعد ضغطة.
not_theirs = كانت هذه البطاقة موجهة إلى شخص آخر
not_theirs_what = في Chronus لستَ الشخص الذي أُرسلت إليه، أو لم تعد هو. لم تغيّر ضغطتك شيئًا.
in_doubt = نتحقق لمن هذه البطاقة
in_doubt_what = عنوانك وملفك في Chronus غير متطابقين حاليًا. يُحجب ما كان هنا إلى أن يتطابقا، ولا تُحتسب أي ضغطة هنا قبل ذلك.

## Status

status = كيف تسير الأمور
connected_since = متصل منذ
off_since = متوقف منذ
count_of = { $what }: { $count }
count_of_oldest = { $what }: { $count }، الأقدم منذ { $age }
nothing_waits = لا شيء
recent_title = أحدث الإشعارات
no_recent = لا إشعارات حتى الآن.
state_waiting = قيد الانتظار
state_sent = أُرسل
state_seen = شوهد
state_answered = تم الرد
state_not_sent = لم يُرسل
state_unknown = ربما أُرسل

## Mentoring request

request_asks = طلب من { $name }: هل تقبل دور { $role }؟
request_from = طلب من { $name }
request_reminder = طلب { $name } ما زال ينتظر ردك
request_reminder_what = ما زال الطلب مفتوحًا. والاعتذار اللطيف رد أيضًا.
decline_reason = السبب (اختياري)
decline_hint = يُسلَّم السبب والملاحظة إلى Chronus مع ردك.
decline_no_capacity = ليس لدي متسع في الوقت الحالي
decline_not_a_fit = لست الشخص المناسب لهذه الأهداف
decline_timing = التوقيت لا يناسبني
decline_other = سبب آخر
decline_ask = الرفض دون ملاحظة؟
accepted_here = ✓ قبلت هنا · { $at }
accepted_elsewhere = ✓ قُبل في Chronus · { $at }
declined_here = ✕ رفضت هنا · { $at }
declined_elsewhere = ✕ رُفض في Chronus · { $at }
withdrawn = سُحب · { $at }
expired = انتهت المهلة · { $at }
ended = انتهى · { $at }
request_next_accepted = يذهب ردك إلى Chronus. الخطوة التالية: ألقِ التحية واتفقا على اجتماع أول.
request_next_accepted_wait = يذهب ردك إلى Chronus. وبعد أن يربطك Chronus مع { $name } يمكنكما التراسل هنا.
request_next_declined = يذهب ردك إلى Chronus. لا يلزم شيء آخر.
request_next_withdrawn = سُحب الطلب، فلم يعد هناك ما يستدعي الرد.
request_next_withdrawn_late = كنت قد قبلت، لكن الطلب سُحب في هذه الأثناء. لا يلزم شيء آخر.
request_next_expired = انتهى وقت الرد. إن كنت لا تزال ترغب في المساعدة فابحث عن الطلب في Chronus.
the_asker = صاحب الطلب
outcome_accepted = خبر سار: قبول طلبك من { $name }
outcome_accepted_next = رائع! ألقِ التحية واتفقا على اجتماع أول.
outcome_accepted_wait = رائع! بعد أن يربط Chronus بينكما يمكنكما التراسل هنا.
outcome_declined = اعتذار من { $name } عن طلبك هذه المرة
outcome_declined_next = يحدث هذا، ولا يقول شيئًا عنك. يمكنك البحث عن شخص آخر في Chronus.
outcome_withdrawn = سُحب طلبك إلى { $name }
outcome_withdrawn_next = لا يلزم شيء آخر.
outcome_expired = لم يصل رد من { $name } على طلبك في الوقت المحدد
outcome_expired_next = يمكنك أن تطلب من جديد في Chronus أو تبحث عن شخص آخر.
their_words = الملاحظة المرفقة

## Connection

connection_started = أنت و{ $name } على تواصل الآن
connection_started_next = بداية جيدة: تحية قصيرة وموعد لأول اجتماع.
connection_ending = علاقتك مع { $name } تنتهي قريبًا
connection_ending_next = اجتماع أخير للمراجعة والشكر يستحق الوقت.
connection_ended = انتهت علاقتك مع { $name }
connection_ended_next = شكرًا للوقت الذي منحه كل منكما للآخر.
press_feedback = إبداء الرأي

## Recommended match

match_title = قد يناسبك التواصل مع { $name }
match_reasons = لماذا { $name }
press_match_request = إرسال طلب…
press_match_send = إرسال الطلب
match_message = كلماتك إلى { $name }
match_message_hint = اكتب ما تود تعلمه، فيصبح طلب الإرشاد منك.
press_match_dismiss = لا يناسبني
press_match_aside = لا يناسبني…
match_dismiss_ask = هل تستبعد هذا الترشيح؟ يُبلَّغ Chronus بأن ذلك لا يناسبك.
match_requested = ✓ أرسلت طلبًا · { $at }
match_requested_next = ينتقل طلبك إلى Chronus. إن وصل رد فسيصلك هنا.
match_dismissed = استبعدت هذا الترشيح · { $at }
match_dismissed_next = يُبلَّغ Chronus بأن ذلك لا يناسبك.
match_withdrawn = لم يعد متاحًا · { $at }
match_withdrawn_next = لم يعد هذا الترشيح مفتوحًا.

## Meeting

meeting_asks = اقتراح اجتماع من { $name }
meeting_with = اجتماع مع { $name }
meeting_slots = أي وقت يناسبك؟
slot_both_free = { $time } · كلاكما متفرغ
press_slot_accept = تأكيد هذا الوقت
press_slot_propose = وقت آخر…
press_slot_propose_now = اقتراح هذا الوقت
press_meeting_decline = لا أستطيع…
press_meeting_decline_now = رفض الاجتماع
press_reschedule = تغيير الموعد…
press_meeting_cancel = إلغاء…
press_meeting_cancel_now = إلغاء الاجتماع
meeting_cancel_hint = هل تلغي هذا الاجتماع؟ يُبلَّغ Chronus بأنك لا تستطيع.
propose_date = التاريخ
propose_time = الوقت ({ $zone })
propose_hint = ينتقل اقتراحك إلى Chronus.
meeting_accepted = ✓ قبلت · { $at }
meeting_slot_chosen = ✓ اخترت { $time }
meeting_accepted_next = يذهب ردك إلى Chronus. تعرض هذه البطاقة الاجتماع عند تأكيده.
meeting_declined = ✕ رفضت · { $at }
meeting_declined_next = يذهب ردك إلى Chronus. لن تصلك تذكيرات بهذا الاجتماع.
meeting_proposed = اقترحت { $time }
meeting_proposed_next = يذهب اقتراحك إلى Chronus. تعرض هذه البطاقة الاجتماع عند تأكيده.
meeting_confirmed = ✓ مؤكد
meeting_moved = ↻ نُقل إلى موعد جديد
meeting_cancelled = ✕ أُلغي · { $at }
meeting_cancelled_next = يمكنك إزالته من تقويمك.
meeting_expired_next = مضى وقت هذا الاجتماع.
meeting_notice_scheduled = تم التأكيد: { $title }
meeting_notice_moved = تغير الموعد: { $title }
meeting_notice_cancelled = أُلغي: { $title }
meeting_reminder_day = قريبًا: { $title }
meeting_reminder_soon = يبدأ قريبًا: { $title }
meeting_follow_up = هل عُقد الاجتماع؟
meeting_follow_up_what = يذهب ردك إلى Chronus.
press_held_yes = نعم، اجتمعنا
press_held_no = لا، لم نجتمع
meeting_held = ✓ ذكرت أنكما اجتمعتما · { $at }
meeting_held_next = ممتاز! اتفقا على الموعد التالي الآن.
meeting_not_held = ذكرت أنكما لم تجتمعا · { $at }
meeting_not_held_next = لا بأس. رسالة قصيرة تكفي لإيجاد موعد جديد.
meeting_not_held_elsewhere = لا بأس. يمكنك البحث عن موعد جديد في Chronus.

## ERG event

event_invited = ⏳ أنت مدعو
event_updated = ↻ تم التعديل
event_cancelled = ✕ أُلغيت هذه الفعالية
event_cancelled_next = يمكنك إزالتها من تقويمك.
event_going_count = { $count ->
    [zero] لا أحد من زملائك مسجل بعد: { $count }
    [one] زميل واحد سيحضر
    [two] زميلان سيحضران
    [few] { $count } زملاء سيحضرون
    [many] { $count } زميلًا سيحضرون
   *[other] { $count } زميل سيحضرون
}
event_full = لم تبقَ أماكن
event_figures_title = من علم بفعالية «{ $title }»
event_figures_told = ✓ أُبلغ الجميع
event_figures_waiting = ⏳ لم يُبلغ الجميع بعد
event_figures_unreachable = ⚠ لا يمكن الوصول إلى الجميع
event_figures_unreachable_next = أُبلغ Chronus بمن هم.
event_figures_seen = يُحسب ما هو مؤكد فقط: ضغطة أو تفاعل أو إشعار قراءة.
event_figures_counted = حُسب { $at }
press_going = سأحضر
press_maybe = ربما
press_not_going = لا أستطيع
press_other_events = فعاليات أخرى
press_change_answer = تغيير ردي
press_new_date = إلى الموعد الجديد
event_answer_going = ✓ ستحضر
event_answer_maybe = ؟ ربما تحضر
event_answer_not_going = ✕ لن تحضر
event_notice_updated = تغيرت «{ $title }»
event_notice_cancelled = أُلغيت «{ $title }»
event_reminder = قريبًا: { $title }
event_online = فعالية عبر الإنترنت

## Announcement

press_acknowledge = قرأت هذا
announcement_confirm = ⏳ يُرجى تأكيد القراءة
announcement_acknowledged = ✓ أكدت أنك قرأت هذا · { $at }
announcement_withdrawn = سُحب هذا الإعلان · { $at }

## Survey

survey_title = بضعة أسئلة لك
survey_minutes = { $count ->
    [zero] يستغرق نحو { $count } دقيقة
    [one] يستغرق نحو دقيقة واحدة
    [two] يستغرق نحو دقيقتين
    [few] يستغرق نحو { $count } دقائق
    [many] يستغرق نحو { $count } دقيقةً
   *[other] يستغرق نحو { $count } دقيقة
}
survey_anonymous = ردودك مجهولة الهوية.
survey_named = تظهر ردودك مع اسمك.
survey_progress = السؤال { $current } من { $total }
survey_resumed = { $count ->
    [zero] لا ردود محفوظة بعد: { $count }.
    [one] حُفظ رد واحد. يمكنك المتابعة هنا أو على جهاز آخر.
    [two] حُفظ ردان. يمكنك المتابعة هنا أو على جهاز آخر.
    [few] حُفظت { $count } ردود. يمكنك المتابعة هنا أو على جهاز آخر.
    [many] حُفظ { $count } ردًا. يمكنك المتابعة هنا أو على جهاز آخر.
   *[other] حُفظ { $count } رد. يمكنك المتابعة هنا أو على جهاز آخر.
}
survey_rating_end = { $number } – { $label }
survey_rating_of = { $number } من { $max }
press_next = التالي
press_back = السابق
press_skip = تخطٍّ
press_submit = إرسال الردود
survey_review = كان هذا السؤال الأخير
survey_review_what = { $count ->
    [zero] لم تجب عن أي سؤال من { $total }. ارجع، أو أرسل كما هو.
    [one] أجبت عن سؤال واحد من { $total }. أرسل، أو ارجع لتغيير شيء.
    [two] أجبت عن سؤالين من { $total }. أرسل، أو ارجع لتغيير شيء.
    [few] أجبت عن { $count } أسئلة من { $total }. أرسل، أو ارجع لتغيير شيء.
    [many] أجبت عن { $count } سؤالًا من { $total }. أرسل، أو ارجع لتغيير شيء.
   *[other] أجبت عن { $count } سؤال من { $total }. أرسل، أو ارجع لتغيير شيء.
}
survey_thanks = ✓ شكرًا، وصلت ردودك · { $at }
survey_thanks_what = تنتقل إلى Chronus.
survey_closed = أُغلق هذا الاستبيان · { $at }
survey_closed_what = لم تعد الردود تُقبل.
survey_reminder = ⏳ ما زالت ردودك موضع ترحيب
survey_long = هذا الاستبيان أطول ويُفتح في المتصفح.
survey_elsewhere = يُجاب عن هذا الاستبيان في Chronus.
press_survey = فتح الاستبيان

## Message

message_from = رسالة من { $name }
message_in_group = رسالة من { $name } في { $group }
message_several = رسائل من { $name }: { $count }
message_group_several = رسائل في { $group }: { $count }
message_reply = ردك
message_reply_hint = يصل إلى { $name } فقط
message_reply_group_hint = يصل إلى الجميع في { $group }
press_reply = إرسال الرد
message_edited = معدَّلة
message_deleted = حُذفت هذه الرسالة.
message_replied = ✓ رددت · { $at }
message_replied_more = { $count ->
    [zero] لم ترد بعد: { $count } · { $at }
    [one] ✓ رددت مرة واحدة، آخرها · { $at }
    [two] ✓ رددت مرتين، آخرهما · { $at }
    [few] ✓ رددت { $count } مرات، آخرها · { $at }
    [many] ✓ رددت { $count } مرةً، آخرها · { $at }
   *[other] ✓ رددت { $count } مرة، آخرها · { $at }
}
message_reply_failed = ✕ لم يُسلَّم ردك · { $at }
message_reply_failed_what = لم يتمكن Chronus من استلامه. حاول مجددًا هنا أو اكتب في Chronus.
message_failed = لم تُسلَّم رسالتك إلى { $name }
message_failed_what = لم تصل إلى { $name }. يمكنك الكتابة في Chronus بدلًا من ذلك.

## Task

task_due_soon = ⏳ إحدى مهامك حان موعدها
press_complete = وضع علامة «تم»
task_done = ✓ تم · { $at }
task_withdrawn = لم تعد مطلوبة · { $at }

## Lists

list_pending = ما ينتظرك
list_pending_none = لا شيء ينتظرك. استمتع بالهدوء.
list_meetings = اجتماعاتك
list_meetings_none = لا اجتماعات مقررة.
list_events = فعالياتك
list_events_none = لا دعوات في الوقت الحالي.
list_connections = علاقاتك
list_connections_none = لا علاقات لديك بعد. تظهر هنا عندما يربطك Chronus بأحد.
list_catch_up = ما لا يزال مفتوحًا
list_catch_up_what = أثناء غيابك:
list_catch_up_none = لم يفتك شيء ما زال يحتاج إليك.
list_digest = ملخصك
list_digest_what = ما وصل منذ الملخص السابق:
list_digest_none = لا جديد ما زال مهمًا.
list_more = { $count ->
    [zero] و{ $count } غيرها
    [one] وواحد آخر
    [two] واثنان آخران
    [few] و{ $count } أخرى
    [many] و{ $count } غيرها
   *[other] و{ $count } غيرها
}
list_gone = { $count ->
    [zero] لم يبطل أي إشعار: { $count }.
    [one] بطل إشعار واحد في هذه الأثناء فلم يُعرض.
    [two] بطل إشعاران في هذه الأثناء فلم يُعرضا.
    [few] بطلت { $count } إشعارات في هذه الأثناء فلم تُعرض.
    [many] بطل { $count } إشعارًا في هذه الأثناء فلم تُعرض.
   *[other] بطل { $count } إشعار في هذه الأثناء فلم تُعرض.
}
list_item = { $number }. { $title }
press_list_message = كتابة
press_list_reply = رد
press_answer_here = الإجابة هنا
press_show_card = عرض البطاقة

## Writing

compose_to = الكتابة إلى { $name }
compose_whom = إلى من؟
compose_which = لأي محادثة هذا؟
compose_which_one = هل هذا موجّه إلى { $name }؟
compose_which_one_what = لا أحب التخمين، ولم أحتفظ بما كتبت. إذا كان ردًّا فاكتبه هنا.
compose_which_what = لديك عدة محادثات مفتوحة، ولا أحب التخمين. لم أحتفظ بما كتبت: اكتبه هنا واضغط على وجهته.
compose_send_to = هل تريد إرسال هذا إلى { $name }؟
compose_draft_what = هذا ما كتبته. لم يُرسل شيء بعد: عدّله إن شئت ثم اضغط على وجهته.
compose_text = رسالتك
press_compose_to = إرسال إلى { $name }
compose_none = لم أجد من تكتب إليه
compose_none_query = لم أجد علاقة باسم «{ $query }»
compose_none_what = يمكنك الكتابة إلى من ربطك بهم Chronus، والرد على الرسائل التي وصلتك هنا.
compose_sent = ✓ أُرسلت إلى { $name }
compose_sent_what = إن وصل رد فسيصلك هنا.
compose_closed = كتبت شيئًا آخر بعد ذلك. أجب عن السؤال الأحدث.
compose_over = انتهت هذه المحادثة، فلا يمكن إرسال المزيد من هنا. وما كنت تكتبه لم يُرسَل.
press_more = عرض { $count } أخرى
overtaken = وصل طلب منك متأخرًا. يسري ما اخترته بعده.
compose_not_sent = ✕ لم تُسلَّم إلى { $name }

## Settings

settings = إشعاراتك
settings_intro = اختر لكل نوع: أن يصل فورًا، أو في ملخص، أو ألا يصل.
settings_saved = ✓ حُفظ
topic_requests = طلبات الإرشاد
topic_meetings = الاجتماعات
topic_events = الفعاليات
topic_announcements = الإعلانات
topic_surveys = الاستبيانات
topic_messages = الرسائل
topic_tasks = المهام
topic_connections = العلاقات
topic_recommendations = الترشيحات
delivery_on = فورًا
delivery_digest = في الملخص
delivery_off = متوقف
settings_quiet = ساعات الهدوء
settings_quiet_what = تنتظر البطاقات حتى تنتهي ساعات الهدوء، أما الاجتماع الذي يبدأ قريبًا فيصلك إشعاره ({ $zone }).
quiet_from = من
quiet_to = إلى
quiet_days = الأيام
quiet_all = كل يوم
quiet_weekdays = من الإثنين إلى الجمعة
quiet_weekends = كل يوم، وعطلة نهاية الأسبوع كاملة
quiet_off = بلا ساعات هدوء
settings_digest = الملخص
digest_every = كم مرة
digest_daily = يوميًا
digest_weekly = أسبوعيًا
press_save = حفظ
press_all_off = إيقاف الكل…
press_all_off_now = إيقاف الكل
settings_all_off_ask = هل توقف كل الأنواع؟ لن يصلك شيء من Chronus هنا حتى تختار من جديد.
settings_paused = كل شيء متوقف مؤقتًا حتى { $time }.

## Pause

pause_until = إيقاف مؤقت حتى { $time }
pause_what = لا يُرسل شيء حتى ذلك الحين. بعدها تعرض بطاقة واحدة ما لا يزال مهمًا.
press_resume = استئناف الآن
press_pause = إيقاف مؤقت…
press_pause_now = إيقاف مؤقت
pause_how_long = كم المدة؟
resumed = عادت الإشعارات إلى العمل
resumed_what = تصلك البطاقات الجديدة هنا من الآن.

## Privacy

privacy = ما يعرفه هذا التطبيق عنك
privacy_sees = **يرى** اسمك وبريدك الإلكتروني ولغتك ومنطقتك الزمنية ونوع جهازك وهذه المحادثة. لا محادثات أخرى ولا قنوات ولا ملفات ولا تقويم.
privacy_keeps = **يحتفظ** بذلك وبالبطاقات التي أرسلها إليك وبردودك وإعداداتك وبالأوامر التي استخدمتها. أما ما تكتبه هنا غير ذلك فلا يُحفظ.
privacy_shares = **يسلّم** ردودك إلى Chronus ويخبره هل وصلتك البطاقات؛ ولا يحصل أحد غيره على شيء. البيانات الشخصية مشفرة بمفتاح خاص بك.
privacy_erase = **لمحو بياناتك** اضغط الزر أدناه أو تواصل مع مسؤول برنامجك.
press_erase = محو بياناتي
erase_ask = هل تريد محو بياناتك؟
erase_what = يُمحى اسمك وعنوانك وإعداداتك وما كتبته هنا، ولا تصل بطاقات بعد ذلك. ما في هذه المحادثة يبقى. لا يمكن التراجع عن ذلك.
press_erase_now = المحو الآن
erasing = يجري محو بياناتك
erasing_what = يستغرق ذلك لحظة، ولا يُرسل إليك شيء بعد ذلك. للعودة أضف التطبيق من جديد.
