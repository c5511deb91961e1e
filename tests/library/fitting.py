"""Coefficients of the confidence, and how far its numbers can be believed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
SLIPPED = 0.5
"""How much a question counts that is asked again with a slip in it, where the question itself counts 1."""
RIDGE, FOLDS, BINS = 0.5, 6, (0.0, 0.2, 0.4, 0.55, 0.65, 0.8, 0.9, 1.01)


def logistic(x: Vector, y: Vector, weight: Vector, ridge: float) -> Vector:
    """Weighted logistic regression by Newton steps. The first column is the bias, which the ridge spares."""
    w = np.zeros(x.shape[1])
    penalty = ridge * np.eye(len(w))
    penalty[0, 0] = 0
    for _ in range(40):
        p = 1 / (1 + np.exp(-x @ w))
        w -= np.linalg.solve((x * (weight * p * (1 - p))[:, None]).T @ x + penalty, x.T @ (weight * (p - y)) + penalty @ w)
    return w


def fit(rows: list[dict]) -> Vector:
    """Coefficients for "the first page is right", the bias first: fitted to the questions and to the same with a slip, then stretched
    (Platt 1999) so that what is predicted for questions left out of the fit is what comes true of them."""
    samples = [(n % FOLDS, f, right, weight) for n, r in enumerate(rows) for f, right, weight in _samples(r)]
    fold, weight = np.array([s[0] for s in samples]), np.array([s[3] for s in samples])
    x, y = np.array([[1.0, *s[1]] for s in samples]), np.array([float(s[2]) for s in samples])
    told = np.zeros(len(samples))
    for one in range(FOLDS):
        told[fold == one] = x[fold == one] @ logistic(x[fold != one], y[fold != one], weight[fold != one], RIDGE)
    plain = weight == 1
    shift, stretch = logistic(np.column_stack([np.ones(plain.sum()), told[plain]]), y[plain], np.ones(plain.sum()), 0.0)
    found = stretch * logistic(x, y, weight, RIDGE)
    found[0] += shift
    return found


def _samples(row: dict) -> list[tuple[tuple[float, ...], bool, float]]:
    plain = [(row["features"], row["right"], 1.0)] if row["features"] else []
    return [*plain, *([(row["slip_features"], row["slip_right"], SLIPPED)] if row["slip_features"] else [])]


def reliability(rows: list[dict]) -> list[str]:
    """What was said against what was true, by how sure the library was."""
    lines = []
    for low, high in pairwise(BINS):
        there = [r for r in rows if low <= r["sure"] < high]
        if there:
            said, true = np.mean([r["sure"] for r in there]), np.mean([r["right"] for r in there])
            lines.append(f"{low:.2f}–{min(high, 1):.2f}: {len(there):3} questions, said {said:.2f}, right {true:.2f}")
    return lines
