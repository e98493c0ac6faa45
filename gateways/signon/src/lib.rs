//! OpenID Connect sign-on at the national portal, VNeID and a provincial provider of staff.
