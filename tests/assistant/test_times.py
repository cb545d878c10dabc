"""Whether a text tells a time, apart from the dates of the documents that it names."""

from __future__ import annotations

import pytest

from assistant.times import tells_a_time


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("two seminars held in Geneva on 4 December 2023", True),
        ("By November 2016, all 193 Member States had been reviewed", True),
        ("2016年6月，人权高专办推出了实用指南", True),
        ("في حزيران/يونيه ٢٠١٦", True),
        ("Recalling its resolution 36/29 of 29 September 2017", False),
        ("Recalling its resolution 36/29 of 29 September 2017, and the seminar of March 2018 in Geneva", True),
        ("回顾2017年9月29日第36/29号决议", False),
        ("A/HRC/57/2024", False),
        ("Requests the Office to report at its sixty-third session", False),
        ("", False),
    ],
)
def test_a_year_tells_a_time_unless_it_dates_a_document(text: str, tells: bool) -> None:
    assert tells_a_time(text) is tells
