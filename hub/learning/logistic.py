"""Logistic regression towards known weights 先验回归: starts from a model, and changes it little.

The penalty is on the change, not on the weights: without decisions nothing changes, a few change
little, and many may overrule. Needs scipy, which is in the extra `learn`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STEPS = 30
"""Most steps of the optimiser (L-BFGS); more of them change little."""
TOLERANCE = 1e-6
"""Relative fall of the loss in one step, below which the optimiser ends."""
INTERCEPT = 0.1
"""The penalty on the intercept of a two-class model, as a part of that on weights."""
INTERCEPT_OF_CLASS = 0.2
"""Strength of the pull on the intercept of a class, in decisions.

Few decisions for one class must not draw in texts that have nothing in common with them.
"""


def change_of_classes(
    matrix: Any,
    offsets: Floats,
    answers: NDArray[np.intp],
    importance: Floats,
    ridge: float,
    start: Floats | None = None,
) -> Floats:
    """Return the change of the weights of a multinomial model; the last row are the intercepts.

    `matrix` has the shape (texts, features) in CSR form, `offsets` the logits of the model before,
    shape (texts, classes), `answers` and `importance` the shape (texts,). The result, and `start`,
    the change to begin with, have the shape (features + 1, classes).
    """
    from scipy.optimize import minimize

    texts, features = matrix.shape
    classes = offsets.shape[1]
    turned = matrix.T.tocsr()
    chosen = (np.arange(texts), answers)

    def loss(point: Floats) -> tuple[float, Floats]:
        table = point.reshape(features + 1, classes)
        logits = offsets + matrix @ table[:-1] + table[-1]
        logits -= logits.max(axis=1, keepdims=True)
        raised = np.exp(logits)
        total = raised.sum(axis=1, keepdims=True)
        value = importance @ (np.log(total[:, 0]) - logits[chosen])
        pull = raised / total
        pull[chosen] -= 1.0
        pull *= importance[:, None]
        penalty = np.full((features + 1, 1), ridge)
        penalty[-1] = INTERCEPT_OF_CLASS
        value += float((penalty * table * table).sum())
        slope = np.empty_like(table)
        slope[:-1], slope[-1] = turned @ pull, pull.sum(axis=0)
        return float(value), (slope + 2 * penalty * table).ravel()

    begin = np.zeros((features + 1, classes)) if start is None else start
    options = {"maxiter": STEPS, "maxcor": 6, "ftol": TOLERANCE}
    solution = minimize(loss, begin.ravel(), jac=True, method="L-BFGS-B", options=options)
    return np.asarray(solution.x.reshape(features + 1, classes))


def weights_near(
    table: Floats,
    answers: Floats,
    importance: Floats,
    prior: Floats,
    ridge: float,
    bounds: Sequence[tuple[float, float]],
) -> Floats:
    """Return the weights of a two-class model; the first is the intercept, as in `prior`.

    `table` has the shape (pairs, features), `answers` are 1 and -1, `prior` and `bounds` have one
    entry more than there are features.
    """
    from scipy.optimize import minimize

    penalty = np.full(len(prior), ridge)
    penalty[0] *= INTERCEPT

    def loss(point: Floats) -> tuple[float, Floats]:
        margins = answers * (table @ point[1:] + point[0])
        change = point - prior
        value = importance @ np.logaddexp(0, -margins) + penalty @ (change * change)
        pull = -importance * answers / (1 + np.exp(np.clip(margins, -40, 40)))
        slope = np.concatenate([[pull.sum()], table.T @ pull]) + 2 * penalty * change
        return float(value), slope

    inside = np.clip(prior, [low for low, _ in bounds], [high for _, high in bounds])
    solution = minimize(loss, inside, jac=True, bounds=bounds, method="L-BFGS-B")
    return np.asarray(solution.x)
