//! Messages to people: templates, preferences, delivery log; each message once for one event.
