"""How good the answers are: questions with gold paragraphs, metrics, runs, reports, and the baseline to hold.

``evals.run.evaluate`` is what ``nmirf eval`` calls; ``python -m evals.tutorial`` scores the stack of the
usual tutorial on the same questions.
"""
