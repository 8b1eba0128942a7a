"""Login by an identity provider 单点登录 (OpenID Connect)."""
