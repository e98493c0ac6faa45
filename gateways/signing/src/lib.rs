//! Outside worlds of signing: remote signer, time-stamp authority, certificate authority, each with a simulator.
