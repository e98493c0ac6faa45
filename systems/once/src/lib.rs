//! Nobody is asked twice: the personal store, prefill with provenance, consent, and who read what.
