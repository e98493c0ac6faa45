//! The frame of the OpenAPI document; systems add their paths.

/// Title, version and the way to sign in.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(
    info(
        title = "Chuyển Động",
        description = "Dịch vụ công trực tuyến và một cửa điện tử. Errors are `application/problem+json` with a Vietnamese `detail` \
                       and `errors[{field, code, message}]`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    modifiers(&Bearer),
    security(("bearer" = [])),
)]
pub(crate) struct Base;

struct Bearer;

impl utoipa::Modify for Bearer {
    fn modify(&self, doc: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        doc.components.get_or_insert_default().add_security_scheme("bearer", scheme);
    }
}
