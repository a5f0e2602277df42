from __future__ import annotations

import re

import segno

from core.prediction.scenarios.pinned import scenario_address
from core.qr import qr_code, qr_picture

LINK = scenario_address("http://192.168.1.20:8501/predict", "iris ñ", {"petal length (cm)": 1.5})


def test_a_code_holds_the_address_byte_for_byte() -> None:
    code = qr_code(LINK)
    assert code is not None
    assert (code.mode, code.error, code.is_micro) == ("byte", "L", False)
    assert code == segno.make(LINK, error="l", boost_error=False, micro=False)
    assert code != qr_code(LINK + "1")


def test_the_picture_is_dark_on_white_with_room_around_and_names_no_address() -> None:
    code, picture = qr_code(LINK), qr_picture(LINK)
    assert code is not None
    assert picture is not None
    side = code.symbol_size()[0]
    assert f'viewBox="0 0 {side} {side}"' in picture
    assert f'fill="#fff" d="M0 0h{side}v{side}h-{side}z"' in picture
    assert 'stroke="#000" d="M4 4.5h7' in picture
    assert not re.search("http|xmlns|script", picture)


def test_a_text_that_is_too_long_has_no_code() -> None:
    assert qr_code("x" * 2953) is not None
    assert qr_code("x" * 2954) is None
    assert qr_picture("x" * 2954) is None
