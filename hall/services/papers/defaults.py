"""Version 0 of every wording: what the papers say until the administrator publishes others."""

from hall.services.papers.kinds import DocType
from hall.services.papers.rules import Wording

_REMEDIES = "如对本决定不服，可以自收到之日起 {复议期限}内依法申请行政复议，或者自收到之日起 {起诉期限}内依法向人民法院提起行政诉讼。"

DEFAULTS: dict[DocType, Wording] = {
    DocType.RECEIPT: Wording(
        title="申办回执",
        opening="请妥善保管。凭流水号和查询码可以随时查询办理进度。",
        closing="本回执记载的是 {制作时间} 的办理状态（第 {版次} 版），此后的变化以网上查询为准。",
    ),
    DocType.INTAKE: Wording(
        title="收件凭证",
        opening="您提交的“{事项}”申请材料已经收到，其中的原件已经核对。",
        body="收到的材料：\n{收到的材料}\n核对的原件：\n{核对的原件}",
    ),
    DocType.CORRECTION: Wording(
        title="补正（一次性）告知书",
        opening="您提交的“{事项}”申请已收悉。经审核，申请材料不齐全或者不符合法定形式，请于 {补正期限}前登录“我的办件”补正。",
        body="需要补正的全部内容一次性告知如下：\n{补正内容}",
        closing="补正期间不计入办理时限。逾期不补正的，{逾期后果}。",
    ),
    DocType.ACCEPTANCE: Wording(
        title="受理通知书",
        opening="您提交的“{事项}”申请，{受理理由}",
        details="受理日期：{受理日期}\n承诺时限：{承诺时限}\n预计办结：{预计办结日期}\n收费：{收费}",
    ),
    DocType.REFUSAL: Wording(
        title="不予受理通知书",
        opening="您提交的“{事项}”申请，经审核决定不予受理。\n理由：{理由}\n依据：{依据}",
        remedies=_REMEDIES,
    ),
    DocType.RETURN: Wording(
        title="退件通知",
        opening="您提交的“{事项}”申请现予退回。\n原因：{原因}\n退件不影响您重新申办。",
    ),
    DocType.SPECIAL: Wording(
        title="特别程序告知书",
        opening="您申请的“{事项}”依法需要进行{特别程序}，所需时间不计入办理时限。",
        details="特别程序：{特别程序}\n承办机构：{承办机构}\n预计所需：{预计天数}",
    ),
    DocType.HEARING: Wording(
        title="听证告知书",
        opening="您申请的“{事项}”，{事由}\n您有权要求听证。请在 {提出期限}前登录“我的办件”提出；逾期不提出的，视为放弃。"
        "听证在提出后 {组织天数}内组织，您不承担费用。",
        details="提出期限：{提出天数}，到 {提出期限}",
    ),
    DocType.EXTENSION: Wording(
        title="延期告知书",
        opening="您申请的“{事项}”，因{延期理由}，不能在原定时限内作出决定。\n经本部门负责人批准，办理时限延长 {延长天数}。",
        details="原定期限：{原定期限}\n延长至：{延长至}",
    ),
    DocType.PAYMENT: Wording(
        title="缴费通知单",
        opening="您申请的“{事项}”需要缴纳下列费用。",
        details="应缴合计：{应缴合计}\n缴款码：{缴款码}\n缴款期限：{缴款期限}",
        body="{收费项目}",
        closing="请登录“我的缴费”在线缴费，也可以到办事窗口缴费。等待缴费的时间不计入办理时限。",
    ),
    DocType.GRANT: Wording(
        title="准予{许可或办理}决定书",
        opening="您于 {申请日期}提出的“{事项}”申请，本部门于 {受理日期}受理。经依法审查，{决定}\n理由：{理由}\n依据：{依据}",
        remedies=_REMEDIES,
    ),
    DocType.DENIAL: Wording(
        title="不予{许可或办理}决定书",
        opening="您于 {申请日期}提出的“{事项}”申请，本部门于 {受理日期}受理。经依法审查，{决定}\n理由：{理由}\n依据：{依据}",
        remedies=_REMEDIES,
    ),
    DocType.RESULT: Wording(closing="本证照以核验网址显示的状态为准。"),
    DocType.DELIVERY: Wording(
        title="送达回证",
        opening="下列文书和结果已送达。",
        details="受送达人：{申请人}\n签收人：{签收人}\n送达时间：{送达时间}\n送达方式：{送达方式}\n签名或盖章：{签名}",
        body="{送达文书}",
    ),
    DocType.CLOSURE: Wording(
        title="办结通知",
        opening="您申请的“{事项}”已经办结。\n您可以在办结后 {评价期限}内登录“我的办件”评价这次服务，评价公开显示，可以匿名；"
        "对服务不满意的，可以拨打 {服务热线} 投诉。",
        details="办理结果：{办理结果}\n送达方式：{送达方式}",
    ),
    DocType.WITHDRAWAL: Wording(
        title="撤回确认书",
        opening="您已撤回“{事项}”的申请，本次办理自撤回之日起终止。\n提交的材料仍保留在本办件中，您可以随时重新申办。",
        details="撤回时间：{撤回时间}",
    ),
    DocType.TERMINATION: Wording(
        title="终止审查决定书",
        opening="您提交的“{事项}”申请，决定终止审查。\n理由：{理由}",
        remedies=_REMEDIES,
    ),
    DocType.REVOCATION: Wording(
        title="撤销决定书",
        opening="您申请的“{事项}”，此前{原决定方式}的准予决定，经核查不符合规定条件，现予撤销。\n理由：{理由}",
        remedies=_REMEDIES,
    ),
}
