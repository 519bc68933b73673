"""Where an answer ends."""

import pytest

from benchmarks.answers import Answer, NotHttp, read

HEAD = b"HTTP/1.1 201 Created\r\nServer: x\r\n"


@pytest.mark.parametrize(
    "whole",
    [
        HEAD + b"Content-Length: 3\r\n\r\nabc",
        HEAD + b"content-length: 0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        HEAD + b"transfer-encoding: chunked\r\n\r\n5;ext=1\r\n0\r\n\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
    ],
)
def test_it_is_whole_with_its_last_byte_and_not_before(whole: bytes) -> None:
    assert [read(whole[:n]) for n in range(len(whole))] == [None] * len(whole)
    assert read(whole) == Answer(int(whole[9:12]), keeps=True)


def test_without_a_length_it_ends_with_the_connection() -> None:
    assert read(HEAD + b"\r\nabc") is None
    assert read(HEAD + b"\r\nabc", is_all=True) == Answer(201, keeps=False)


def test_with_a_length_it_does_not() -> None:
    assert read(HEAD + b"Content-Length: 9\r\n\r\nabc", is_all=True) is None


@pytest.mark.parametrize("data", [b"SSH-2.0-OpenSSH", b"HTTP/1.1 abc Odd\r\n\r\n"])
def test_what_is_not_http(data: bytes) -> None:
    with pytest.raises(NotHttp):
        read(data)
