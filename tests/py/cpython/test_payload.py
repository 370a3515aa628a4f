"""How values travel."""

import pickle

import numpy as np
from joblite import _payload


def test_large_buffers_stay_out_of_the_pickle():
    array = np.arange(100_000.0)
    main, buffers = _payload.dumps({"a": array})
    assert len(main) < 1000
    assert [b.nbytes for b in buffers] == [array.nbytes]
    back = _payload.loads([main, *(bytearray(b) for b in buffers)])["a"]
    np.testing.assert_array_equal(back, array)
    assert back.flags.writeable


def test_an_error_keeps_class_arguments_and_traceback():
    try:
        {}["missing"]
    except KeyError as error:
        main, buffers = _payload.dump_error(error)
    back = _payload.load_error([main, *buffers])
    assert isinstance(back, KeyError)
    assert back.args == ("missing",)
    assert '{}["missing"]' in str(back.__cause__)


def test_an_error_that_cannot_be_read_is_an_error():
    assert "could not be read" in str(_payload.load_error([pickle.dumps(1)[:-1]]))
