from django.db import migrations, models

# As in 0011, and the version of the wording stays too.
STAYS = """
CREATE OR REPLACE FUNCTION cases_document_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.is_revoked AND NOT NEW.is_revoked)
        OR (NEW.case_id, NEW.kind, NEW.number, NEW.verify_code, NEW.title, NEW.version, NEW.issued_at, NEW.wording)
           IS DISTINCT FROM (OLD.case_id, OLD.kind, OLD.number, OLD.verify_code, OLD.title, OLD.version, OLD.issued_at, OLD.wording)
        -- The file changes once, when a signature is put into it.
        OR (NEW.file_id, NEW.sha256) IS DISTINCT FROM (OLD.file_id, OLD.sha256)
           AND (to_jsonb(OLD) ->> 'signed_at' IS NOT NULL OR to_jsonb(NEW) ->> 'signed_at' IS NULL)
    THEN
        RAISE EXCEPTION 'an issued document stays as it is; it can only be revoked' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
AS_BEFORE = """
CREATE OR REPLACE FUNCTION cases_document_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.is_revoked AND NOT NEW.is_revoked)
        OR (NEW.case_id, NEW.kind, NEW.number, NEW.verify_code, NEW.title, NEW.version, NEW.issued_at)
           IS DISTINCT FROM (OLD.case_id, OLD.kind, OLD.number, OLD.verify_code, OLD.title, OLD.version, OLD.issued_at)
        -- The file changes once, when a signature is put into it.
        OR (NEW.file_id, NEW.sha256) IS DISTINCT FROM (OLD.file_id, OLD.sha256)
           AND (to_jsonb(OLD) ->> 'signed_at' IS NOT NULL OR to_jsonb(NEW) ->> 'signed_at' IS NULL)
    THEN
        RAISE EXCEPTION 'an issued document stays as it is; it can only be revoked' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    """Every paper says which version of its wording it was made with (domain.md §4.4)."""

    dependencies = [
        ('cases', '0013_form_files'),
    ]

    operations = [
        migrations.AddField(
            model_name='casedocument',
            name='wording',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.RunSQL(STAYS, AS_BEFORE),
    ]
