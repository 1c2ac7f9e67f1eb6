"""Tables of identity; private to this module. Names of people stand in clear, their phones and identity numbers never do."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Q

_DEPARTMENT_ROLE_SETS = (
    "clerk",
    "clerk,dept_leader",
    "clerk,dept_leader,reviewer",
    "clerk,reviewer",
    "dept_leader",
    "dept_leader,reviewer",
    "reviewer",
)
_HALL_ROLE_SETS = ("auditor", "finance", "mediator", "supervisor", "sys_admin")


class Account(AbstractBaseUser):
    """A person who can sign in: a citizen by phone, staff by user name."""

    last_login = None  # django.contrib.auth's column; ours is signed_in_at

    name = models.CharField(max_length=60)
    username = models.CharField(max_length=40, null=True, unique=True)  # noqa: DJ001  (null: citizens have none)
    phone_sealed = models.BinaryField(null=True)
    phone_digest = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001  (null: staff need none)
    id_number_sealed = models.BinaryField(null=True)
    id_number_digest = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001  (null: not given yet)
    # For notices by mail; nobody signs in by it, so it is neither unique nor looked up.
    email_sealed = models.BinaryField(null=True)
    auth_level = models.PositiveSmallIntegerField(default=1)
    is_enabled = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    signed_in_at = models.DateTimeField(null=True)
    password_changed_at = models.DateTimeField()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "identity_account"
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="account_has_a_name"),
            models.CheckConstraint(condition=Q(username__isnull=False) | Q(phone_digest__isnull=False), name="account_has_a_login"),
            # A user name never looks like a phone, so one sign-in box serves both.
            models.CheckConstraint(
                condition=Q(username__isnull=True) | Q(username__regex=r"^[a-z][a-z0-9._-]{2,39}$"), name="account_username_form"
            ),
            models.CheckConstraint(
                condition=Q(phone_sealed__isnull=True, phone_digest__isnull=True)
                | Q(phone_sealed__isnull=False, phone_digest__isnull=False),
                name="account_phone_whole",
            ),
            models.CheckConstraint(
                condition=Q(id_number_sealed__isnull=True, id_number_digest__isnull=True)
                | Q(id_number_sealed__isnull=False, id_number_digest__isnull=False),
                name="account_id_number_whole",
            ),
            models.CheckConstraint(condition=Q(auth_level__gte=0, auth_level__lte=4), name="account_auth_level"),
        ]


class Department(models.Model):
    """A department of the hall (进驻部门). Its code is its key everywhere, its number the three digits inside serial numbers."""

    code = models.CharField(max_length=12, primary_key=True)
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120, unique=True)
    short_name = models.CharField(max_length=40)
    category = models.CharField(max_length=40, blank=True)
    duties = models.TextField(blank=True)
    aliases = models.JSONField(default=list)
    uscc = models.CharField(max_length=18, null=True, unique=True)  # noqa: DJ001  (null: not known)
    division_code = models.CharField(max_length=6)
    phone = models.CharField(max_length=60, blank=True)
    address = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "identity_department"
        constraints = [
            models.UniqueConstraint(fields=["division_code", "number"], name="department_number"),
            models.CheckConstraint(condition=Q(code__regex=r"^[A-Z0-9]{2,12}$"), name="department_code_form"),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=999), name="department_number_three_digits"),
            models.CheckConstraint(condition=Q(division_code__regex=r"^[0-9]{6}$"), name="department_division_form"),
        ]


class StaffPost(models.Model):
    """What an account does in the hall: its roles, sorted and joined by commas, and the department that bounds them.

    The table itself keeps duties apart: only these sets of roles exist, and exactly the department roles have a department.
    """

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True, related_name="post")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True)
    roles = models.CharField(max_length=60)
    appointed_at = models.DateTimeField()

    class Meta:
        db_table = "identity_staff_post"
        constraints = [
            models.CheckConstraint(
                condition=Q(roles__in=_DEPARTMENT_ROLE_SETS, department__isnull=False)
                | Q(roles__in=_HALL_ROLE_SETS, department__isnull=True),
                name="staff_duties_kept_apart",
            ),
        ]


class Enterprise(models.Model):
    """A legal person (法人) that people act for."""

    name = models.CharField(max_length=120)
    uscc = models.CharField(max_length=18, unique=True)
    legal_representative = models.CharField(max_length=60)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "identity_enterprise"
        constraints = [
            models.CheckConstraint(condition=Q(uscc__regex=r"^[0-9A-HJ-NP-RTUW-Y]{18}$"), name="enterprise_uscc_form"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(legal_representative=""), name="enterprise_named"),
        ]


class Agency(models.Model):
    """One person acting for one enterprise, until `ended_at`. `authority` is the text of the authorisation (授权内容)."""

    class Role(models.TextChoices):
        LEGAL_REPRESENTATIVE = "legal_representative"
        AGENT = "agent"

    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT)
    role = models.CharField(max_length=24, choices=Role.choices)
    may_appoint = models.BooleanField(default=False)
    authority = models.CharField(max_length=500, blank=True)
    appointed_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "identity_agency"
        constraints = [
            models.UniqueConstraint(fields=["account", "enterprise"], condition=Q(ended_at__isnull=True), name="agency_once"),
            models.UniqueConstraint(
                fields=["enterprise"], condition=Q(ended_at__isnull=True, role="legal_representative"), name="agency_one_representative"
            ),
            models.CheckConstraint(
                condition=Q(role="legal_representative", may_appoint=True) | (Q(role="agent") & ~Q(authority="")), name="agency_authority"
            ),
            models.CheckConstraint(condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("started_at")), name="agency_period"),
        ]


class SignInGuard(models.Model):
    """Failed tries to sign in under one login, from one address or (address "*") from everywhere together.

    Keyed by the login's digest, not by the account, so that a login nobody has behaves exactly like one that exists.
    """

    login_digest = models.CharField(max_length=64)
    address = models.CharField(max_length=45, blank=True)
    failures = models.PositiveIntegerField(default=0)
    counted_from = models.DateTimeField()
    wait_until = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "identity_sign_in_guard"
        constraints = [models.UniqueConstraint(fields=["login_digest", "address"], name="sign_in_guard_key")]


class SecondFactor(models.Model):
    """The secret that a member of staff's phone shares with us. Bound once `confirmed_at` is set; `last_step` is the last one used."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True, related_name="+")
    secret_sealed = models.BinaryField()
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)

    class Meta:
        db_table = "identity_second_factor"


class RecoveryCode(models.Model):
    """A code on paper for the day the phone is lost; the row goes when it is used."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)

    class Meta:
        db_table = "identity_recovery_code"
        constraints = [models.UniqueConstraint(fields=["account", "digest"], name="recovery_code_once")]


class MachineClient(models.Model):
    """A department's own system (部门业务系统) that calls the machine door. `scopes` are sorted and joined by spaces."""

    client_id = models.CharField(max_length=40, unique=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT)
    title = models.CharField(max_length=60)
    scopes = models.CharField(max_length=300)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "identity_machine_client"
        constraints = [
            models.CheckConstraint(condition=Q(client_id__regex=r"^[a-z0-9-]{6,40}$"), name="machine_client_id_form"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(scopes=""), name="machine_client_named_and_scoped"),
        ]


class ClientSecret(models.Model):
    """A secret of a client, kept as a keyed digest; valid until `ended_at`. Two places, so that one can follow the other without a pause.

    `hint` is the secret's last four letters, by which people tell two of them apart. `used_at` is kept to the minute.
    """

    client = models.ForeignKey(MachineClient, on_delete=models.PROTECT, related_name="secrets")
    place = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=4)
    request_key = models.CharField(max_length=80, unique=True)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "identity_client_secret"
        constraints = [
            models.CheckConstraint(condition=Q(place__in=(1, 2)), name="client_secret_two_places"),
            models.UniqueConstraint(fields=["client", "place"], condition=Q(ended_at__isnull=True), name="client_secret_one_a_place"),
            models.CheckConstraint(condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("made_at")), name="client_secret_period"),
        ]
