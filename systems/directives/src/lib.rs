//! Plans and directives, measured targets, the level-4 pipeline, the public scoreboard.
