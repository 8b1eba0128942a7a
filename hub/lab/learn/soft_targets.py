"""Multinomial logistic regression on soft targets: each text has a share of several classes.

Texts that officials have sorted into a broad family only say which classes are possible. They count
for those classes in the shares that the model itself finds likely, as in the EM algorithm; so the
words of the family are learnt though nobody has named the class.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, vstack

from streams.matching.classify import Vector

Matrix = NDArray[np.float32]
SHARPNESS = 4.0
"""Inverse of the strength of regularisation, which is on the weights and not on the bias."""
FIRST_STEPS, NEXT_STEPS = 30, 20
"""Steps of L-BFGS: on the texts with one class, and after each look at the others."""
LOOKS = 2
"""How often the shares of the texts with several possible classes are computed."""
MEMORY = 4


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Texts as rows of features, with a target of shares of the classes, and weights.

    `rows` has the shape (texts, features), `shares` (texts, classes), `weights` (texts,).
    """

    rows: csr_matrix
    shares: Matrix
    weights: Vector


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Coefficients, shape (features, classes), and biases, shape (classes,)."""

    coefficients: Matrix
    biases: Vector

    def scores(self, rows: csr_matrix) -> Matrix:
        """Return the logits, shape (texts, classes)."""
        return np.asarray(rows @ self.coefficients + self.biases, np.float32)


def fit(exact: Texts, possible: Texts) -> Fitted:
    """Return the model of texts with one class, and of texts with `possible` classes.

    The shares of `possible` are the weights of the classes that it may have, 0 to 1.
    """
    fitted = _fitted(exact, None, FIRST_STEPS)
    if not possible.rows.shape[0]:
        return _fitted(exact, fitted, LOOKS * NEXT_STEPS)
    rows = vstack([exact.rows, possible.rows]).tocsr()
    weights = np.concatenate([exact.weights, possible.weights])
    for look in range(LOOKS):
        # The first model is unsure, and a wide target would teach it to stay so.
        likely = softmax(fitted.scores(possible.rows) / (0.5 if look == 0 else 0.7))
        shares = likely * possible.shares
        shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)
        whole = Texts(rows, np.vstack([exact.shares, shares]), weights)
        fitted = _fitted(whole, fitted, NEXT_STEPS)
    return fitted


def softmax(scores: Matrix) -> Matrix:
    """Return the probabilities of logits, by row."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)


def _fitted(texts: Texts, start: Fitted | None, steps: int) -> Fitted:
    shape = (texts.rows.shape[1], texts.shares.shape[1])
    size = shape[0] * shape[1]
    columns = texts.rows.T.tocsr()

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat[:size].reshape(shape).astype(np.float32)
        scores = texts.rows @ weights + flat[size:].astype(np.float32)
        scores -= scores.max(axis=1, keepdims=True)
        raised = np.exp(scores)
        total = raised.sum(axis=1, keepdims=True)
        misfit = np.log(total[:, 0]) - (texts.shares * scores).sum(axis=1)
        push = (raised / total - texts.shares) * texts.weights[:, None]
        slope = np.empty(flat.size)
        slope[:size] = (columns @ push + weights / SHARPNESS).ravel()
        slope[size:] = push.sum(axis=0)
        penalty = 0.5 / SHARPNESS * float(np.vdot(weights, weights))
        return float(texts.weights @ misfit) + penalty, slope

    begin = np.zeros(size + shape[1])
    if start is not None:
        begin[:size], begin[size:] = start.coefficients.ravel(), start.biases
    options = {"maxiter": steps, "maxcor": MEMORY}
    fitted = minimize(loss, begin, jac=True, method="L-BFGS-B", options=options).x
    return Fitted(fitted[:size].reshape(shape).astype(np.float32), fitted[size:].astype(np.float32))
