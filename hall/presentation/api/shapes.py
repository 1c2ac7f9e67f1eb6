"""What goes out through the machine door. Field names are those of the catalogue's data (domain.md §3)."""

from datetime import datetime

from ninja import Field, Schema


class Problem(Schema):
    """Why the answer is no."""

    sentence: str = Field(description="给人看的一句话")
    code: str = Field("", description="给程序判断用的编码，如 slot_full")


class Refused(Schema):
    """Every answer that is not 200."""

    error: Problem


class ItemBrief(Schema):
    """An item in a list."""

    code: str = Field(description="事项编码，12 位")
    name: str
    department: str = Field(description="部门编码")
    department_name: str
    department_short: str
    audience: list[str] = Field(description="服务对象：person 个人，org 法人")
    online_depth: str = Field(description="办理深度：full 全程网办，prelim 网上申报，booking 网上预约，info 窗口办理")
    promised_days: int = Field(description="承诺时限，0 为当场办结；单位见 day_unit")
    day_unit: str = Field(description="working 工作日，natural 自然日")
    charged: bool = Field(description="是否收费")
    url: str = Field(description="事项页面地址")


class ItemList(Schema):
    """A stretch of a list."""

    total: int = Field(description="符合条件的事项数；1000 表示 1000 个或更多")
    items: list[ItemBrief]
    next: str | None = Field(description="取下一段时填入 after；没有下一段为 null")


class FlowStep(Schema):
    name: str
    days: int
    note: str
    kind: str = Field("", description="submit accept review second_review decide make deliver；空为常用流程")
    role: str = Field("", description="applicant clerk reviewer leader；空为常用流程")
    produces: str = Field("", description="这一环节产生的文书")


class Fee(Schema):
    name: str
    standard: str
    basis: str
    unit: str
    reduction: str
    amount: str = Field(description="每个计费单位的金额（元），不固定的为空")
    variant: str = Field(description="只用于哪个业务办理项，空为都用")


class SpecialProcedure(Schema):
    name: str
    basis: str
    days: int = Field(description="0 表示没有公布天数")


class Intermediary(Schema):
    name: str
    basis: str
    providers: str
    fee: str


class Place(Schema):
    name: str
    address: str
    hours: str
    phone: str
    longitude: str
    latitude: str
    transport: str


class Contact(Schema):
    kind: str
    value: str
    note: str


class Faq(Schema):
    question: str
    answer: str


class Material(Schema):
    """One material. `key` names it in drafts and cases."""

    key: str
    seq: int
    name: str
    kind: str
    source: str
    source_name: str
    necessity: str
    necessity_name: str
    is_required: bool
    when: str
    medium: str
    medium_name: str
    originals: int
    copies: int
    accept: list[str] = Field(description="接收的文件扩展名")
    max_mb: int
    has_blank_form: bool
    has_sample: bool
    reusable: bool
    cert_type: str
    cert_type_name: str
    issuer: str
    guideline: str
    trust_grade: str = Field(description="从材料库选用时至少要的可信等级：A、B、C、D；空为惯例")


class Theme(Schema):
    code: str
    name: str
    audience: str


class Bundle(Schema):
    code: str
    name: str
    items: int


class Related(Schema):
    """Items to do before this one, together with it, after it, and the bundles that hold it."""

    before: list[ItemBrief]
    together: list[ItemBrief]
    after: list[ItemBrief]
    bundles: list[Bundle]


class Elements(Schema):
    """What the published version itself says."""

    impl_code: str
    item_type: str
    item_type_name: str
    levels: list[str]
    handling_type: str = Field(description="instant 即办件，promise 承诺件")
    statutory_days: int
    onsite_visits: int
    applicable: bool
    region_scope: str
    bookable: bool
    mailable: bool
    payable: bool
    leader_approval: bool
    result_name: str
    result_kind: str
    authority_kind: str
    authority_scope: str
    accept_org: str
    decide_org: str
    delegated_to: list[str]
    co_departments: list[str]
    quota_limit: str
    handling_forms: list[str]
    legal_basis: list[str]
    legal_basis_quality: str
    conditions: list[str]
    conditions_quality: str
    fee: str
    fees: list[Fee]
    flow_steps: list[FlowStep]
    special_procedures: list[SpecialProcedure]
    intermediary_services: list[Intermediary]
    places: list[Place]
    faqs: list[Faq]
    materials: list[Material]


class ItemDetail(ItemBrief, Elements):
    """An item with all its elements."""

    version: int = Field(description="版本号，从 1 开始；每次发布加 1")
    published_at: datetime
    status: str = Field(description="published 已发布，suspended 暂停办理，abolished 已取消")
    is_declarable: bool = Field(description="现在能否网上申报")
    department_phone: str
    department_address: str
    themes: list[Theme]
    keywords: list[str]
    consult_contacts: list[Contact]
    complaint_contacts: list[Contact]
    related: Related
