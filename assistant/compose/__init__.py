"""Composers of answers: extractive, from paragraphs and structured facts."""
