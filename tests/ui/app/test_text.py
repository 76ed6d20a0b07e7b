import pytest

from core.formats import count_of
from core.ui.app.text import markdown_text, reader_markdown, sentence, unbroken

NASTY = [
    "*bold*", "_it_", "`code`", "[a](http://x)", "![a](b)", "<b>x</b>", "# head", "- list", "1. one",
    ":red[x]",
    "$x^2$", "~~gone~~", "a | b", "> quote", "\\*", ":material/home:", "&lt;", "***", "![](x)", "=1+1",
]  # fmt: skip


@pytest.mark.parametrize("text", NASTY)
def test_no_character_with_a_meaning_in_markdown_is_left_bare(text: str) -> None:
    escaped = markdown_text(text)
    for special in "\\`*_{}[]()<>#-!|~$^&":
        bare = escaped.replace(f"\\{special}", "") if special != "\\" else escaped.replace("\\", "")
        assert special == "\\" or special not in bare.replace("\\\\", "")


def test_markdown_keeps_plain_words_as_they_are() -> None:
    assert markdown_text("Datenplattform für Müller 42") == "Datenplattform für Müller 42"


@pytest.mark.parametrize(
    "text", [":smile:", ":material/home:", "a@b.example", "https://evil.example", "www.evil.example"]
)
def test_what_is_looked_for_after_markdown_is_broken_up_invisibly(text: str) -> None:
    escaped = markdown_text(text)
    assert "\u2060" in escaped
    assert escaped.replace("\u2060", "").replace("\\", "") == text


def test_markdown_stays_on_one_line() -> None:
    assert markdown_text("a\n\n# b\r\n\tc") == r"a \# b c"


def test_sentences_end() -> None:
    assert [sentence(text) for text in ("No", "No.", "No?", "")] == ["No.", "No.", "No?", ""]


def test_counts_are_words() -> None:
    assert [count_of(1, "day"), count_of(0, "day"), count_of(1204, "row"), count_of(2, "x", "xs")] == [
        "1 day", "0 days", "1,204 rows", "2 xs",
    ]  # fmt: skip


def test_a_name_from_right_to_left_leaves_the_amount_beside_it_alone() -> None:
    assert markdown_text("שלום (1)") == "\u2068שלום \\(1\\)\u2069"


@pytest.mark.parametrize(
    "text",
    ["![x](http://a)", "![x][y]\n\n[y]: http://a", r"\![x](u)", r"\\![x](u)", "`a\n\n![x](u)", "!![[x](u)"],
)
def test_no_image_is_left_in_a_text_people_wrote(text: str) -> None:
    assert "![" not in reader_markdown(text)


def test_a_dollar_begins_no_formula_whether_somebody_escaped_it_or_not() -> None:
    assert reader_markdown(r"$5 to $9, \$1, \\$2") == r"\$5 to \$9, \$1, \\\$2"
    assert reader_markdown("# Plan\n* **one** [two](https://x)") == "### Plan\n* **one** [two](https://x)"


def test_a_minus_stays_with_its_amount_at_the_end_of_a_line() -> None:
    assert unbroken("less (−$8,177.75), −$34 and −2%") == "less (−\u2060$8,177.75), −\u2060$34 and −2%"
