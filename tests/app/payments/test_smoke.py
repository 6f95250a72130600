def test_pay(till):
    payment = till.pay()
    assert payment.status == "captured"


def test_session(till):
    assert till.confirm(till.session()).status == "captured"
