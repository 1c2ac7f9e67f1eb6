from django.db import models
from django.db.models import F, Q

from hall.services.payments.day_models import Difference, Statement, StatementLine
from hall.services.payments.rules import MONEY_ORDERS, OPEN_ORDERS, BillState, OrderState

# Django finds a module's tables here.
__all__ = ["Bill", "BillLine", "Difference", "Inbox", "Order", "Refund", "Statement", "StatementLine"]
_OPEN = sorted(OPEN_ORDERS)
_MONEY = sorted(MONEY_ORDERS)


class Bill(models.Model):
    """缴费单: what one case owes at one point of its flow. Whose case it is, is kept with it; money is whole fen."""

    number = models.CharField(max_length=20, unique=True)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+", db_index=False)
    fee_time = models.CharField(max_length=5)
    serial = models.CharField(max_length=24)
    item_code = models.CharField(max_length=12)
    item_name = models.CharField(max_length=200)
    department_code = models.CharField(max_length=12)
    account_id = models.BigIntegerField()
    enterprise_id = models.BigIntegerField(null=True)
    payer_name = models.CharField(max_length=120)
    total_fen = models.BigIntegerField()
    reduced_fen = models.BigIntegerField(default=0)
    state = models.CharField(max_length=9, default=BillState.OPEN)
    # Empty where the hall opened it by the item's own figures.
    opened_by = models.CharField(max_length=60, blank=True)
    opened_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    # Why it was taken back.
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "payments_bill"
        constraints = [
            models.CheckConstraint(condition=Q(total_fen__gt=0, reduced_fen__gte=0, reduced_fen__lte=F("total_fen")), name="bill_amounts"),
            models.CheckConstraint(condition=Q(state__in=list(BillState)), name="bill_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=(BillState.OPEN, BillState.CANCELLED)) | Q(settled_at__isnull=False), name="bill_settled_when"
            ),
            models.CheckConstraint(
                condition=~Q(state=BillState.WAIVED) & (Q(reduced_fen__lt=F("total_fen")) | Q(state=BillState.CANCELLED))
                | Q(state=BillState.WAIVED, reduced_fen=F("total_fen")),
                name="bill_waived_is_nothing_left",
            ),
            # A case owes one thing at a time, and each fee once.
            models.UniqueConstraint(fields=["case"], condition=Q(state=BillState.OPEN), name="bill_one_open"),
            models.UniqueConstraint(fields=["case", "fee_time"], condition=~Q(state=BillState.CANCELLED), name="bill_fee_once"),
        ]
        indexes = [
            models.Index(fields=["serial", "-id"], name="bill_serial"),
            models.Index(fields=["account_id", "-id"], name="bill_account"),
            models.Index(fields=["enterprise_id", "-id"], name="bill_enterprise", condition=Q(enterprise_id__isnull=False)),
            models.Index(fields=["department_code", "-id"], name="bill_department"),
        ]

    @property
    def due_fen(self) -> int:
        """What is to be paid."""
        return self.total_fen - self.reduced_fen


class BillLine(models.Model):
    """One fee of a bill, as it was published and counted; what was reduced of it, and why."""

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    standard = models.CharField(max_length=500, blank=True)
    basis = models.CharField(max_length=500, blank=True)
    unit = models.CharField(max_length=60, blank=True)
    collector = models.CharField(max_length=20, blank=True)
    code = models.CharField(max_length=20, blank=True)
    unit_fen = models.BigIntegerField()
    quantity = models.PositiveIntegerField()
    reduced_fen = models.BigIntegerField(default=0)
    reduced_why = models.CharField(max_length=300, blank=True)
    reduced_by = models.CharField(max_length=60, blank=True)

    class Meta:
        db_table = "payments_bill_line"
        constraints = [
            models.UniqueConstraint(fields=["bill", "position"], name="bill_line_place"),
            models.CheckConstraint(condition=Q(unit_fen__gt=0, quantity__gt=0), name="bill_line_amount"),
            models.CheckConstraint(
                condition=Q(reduced_fen=0, reduced_why="")
                | Q(reduced_fen__gt=0, reduced_fen__lte=F("unit_fen") * F("quantity")) & ~Q(reduced_why=""),
                name="bill_line_reduced_says_why",
            ),
        ]

    @property
    def amount_fen(self) -> int:
        return self.unit_fen * self.quantity


class Order(models.Model):
    """订单: one try to pay a bill, at one provider (`counter`: at the window). `number` is 缴费流水号."""

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="orders")
    number = models.CharField(max_length=24, unique=True)
    provider = models.CharField(max_length=30)
    merchant = models.CharField(max_length=40, blank=True)
    amount_fen = models.BigIntegerField()
    state = models.CharField(max_length=20, default=OrderState.CREATED)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # Where the payer goes; kept so that asked again he goes to the same place.
    pay_url = models.CharField(max_length=2000, blank=True)
    qr_text = models.CharField(max_length=500, blank=True)
    asks = models.PositiveSmallIntegerField(default=0)
    ask_at = models.DateTimeField(null=True)
    bank_txn_no = models.CharField(max_length=64, blank=True)
    paid_at = models.DateTimeField(null=True)
    receipt_code = models.CharField(max_length=40, blank=True)
    # Whoever took the money at the window.
    taken_by = models.CharField(max_length=60, blank=True)
    # What refunds asked for, approved or done hold of it, and what was given back.
    held_fen = models.BigIntegerField(default=0)
    given_back_fen = models.BigIntegerField(default=0)

    class Meta:
        db_table = "payments_order"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=list(OrderState)), name="order_state_known"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="order_amount"),
            models.CheckConstraint(
                condition=Q(given_back_fen__gte=0, held_fen__gte=F("given_back_fen"), held_fen__lte=F("amount_fen")),
                name="order_refund_within_paid",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_MONEY, paid_at__isnull=False) & ~Q(bank_txn_no="")
                | ~Q(state__in=_MONEY) & Q(paid_at__isnull=True, bank_txn_no="", held_fen=0),
                name="order_paid_says_by_what",
            ),
            models.UniqueConstraint(fields=["bill"], condition=Q(state__in=_OPEN), name="order_one_open"),
            models.UniqueConstraint(fields=["provider", "bank_txn_no"], condition=~Q(bank_txn_no=""), name="order_txn_once"),
        ]
        indexes = [
            models.Index(fields=["bill", "-id"], name="order_bill"),
            models.Index(fields=["ask_at"], name="order_to_ask", condition=Q(ask_at__isnull=False)),
            models.Index(fields=["provider", "paid_at"], name="order_paid_day", condition=Q(paid_at__isnull=False)),
        ]


class Refund(models.Model):
    """退款: by the way the money came. Automatic where the bill did not need the money, else asked for and approved by two people."""

    class State(models.TextChoices):
        ASKED = "asked", "待审批"
        REFUSED = "refused", "未批准"
        SENDING = "sending", "退款中"
        DONE = "done", "已退款"
        FAILED = "failed", "银行未退成"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    # Its own key at the bank: sent twice, it is given back once.
    number = models.CharField(max_length=24, unique=True)
    # Asked for twice by one click, it is one refund.
    request_key = models.CharField(max_length=40, blank=True)
    # Of money that was booked nowhere else (paid twice into one order): the bank's own number of it.
    bank_txn_no = models.CharField(max_length=64)
    is_extra = models.BooleanField(default=False)
    amount_fen = models.BigIntegerField()
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=8, choices=State.choices)
    is_automatic = models.BooleanField(default=False)
    asked_by = models.BigIntegerField(null=True)
    asked_by_name = models.CharField(max_length=60, blank=True)
    asked_at = models.DateTimeField()
    decided_by = models.BigIntegerField(null=True)
    decided_by_name = models.CharField(max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True)
    ask_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    bank_refund_no = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "payments_refund"
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0) & ~Q(reason=""), name="refund_amount"),
            models.CheckConstraint(
                condition=Q(is_automatic=True)
                | Q(decided_by__isnull=True, state="asked")
                | Q(decided_by__isnull=False) & ~Q(state="asked") & ~Q(decided_by=F("asked_by")),
                name="refund_two_people",
            ),
            models.CheckConstraint(condition=Q(state="done", done_at__isnull=False) | ~Q(state="done"), name="refund_done_when"),
            models.UniqueConstraint(fields=["request_key"], condition=~Q(request_key=""), name="refund_key_once"),
            # Money that was booked nowhere goes back once, however often it is reported.
            models.UniqueConstraint(fields=["order", "bank_txn_no"], condition=Q(is_extra=True), name="refund_extra_once"),
        ]
        indexes = [
            models.Index(fields=["state", "id"], name="refund_state"),
            models.Index(fields=["ask_at"], name="refund_to_ask", condition=Q(ask_at__isnull=False)),
        ]


class Inbox(models.Model):
    """What a provider sent to our door, signed by it, as it came; kept before anything is made of it. `sealed` is body and headers, encrypted."""

    class State(models.TextChoices):
        NEW = "new", "待处理"
        DONE = "done", "已处理"
        HELD = "held", "待人工核对"

    provider = models.CharField(max_length=30)
    nonce = models.CharField(max_length=80)
    order_number = models.CharField(max_length=24)
    received_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    sealed = models.BinaryField()
    state = models.CharField(max_length=4, choices=State.choices, default=State.NEW)
    outcome = models.CharField(max_length=30, blank=True)

    class Meta:
        db_table = "payments_inbox"
        constraints = [models.UniqueConstraint(fields=["provider", "nonce"], name="inbox_nonce_once")]
        indexes = [
            models.Index(fields=["order_number"], name="inbox_order"),
            models.Index(fields=["-id"], name="inbox_held", condition=Q(state="held")),
        ]
