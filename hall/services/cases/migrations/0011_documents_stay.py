from django.db import migrations

STAYS = """
CREATE FUNCTION cases_document_stays() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER cases_document_stays BEFORE UPDATE OR DELETE ON cases_document FOR EACH ROW EXECUTE FUNCTION cases_document_stays();
"""
GOES = "DROP TRIGGER cases_document_stays ON cases_document; DROP FUNCTION cases_document_stays();"


class Migration(migrations.Migration):
    """What was issued is never changed nor deleted (domain.md §4.4); it may be declared void once."""

    dependencies = [
        ('cases', '0010_instant'),
    ]

    operations = [migrations.RunSQL(STAYS, GOES)]
