//! The chapters of the book as programs.
