/** libuv 1.x, include/uv.h: `uv_handle_type` and `uv_poll_event`. */
export const UV_POLL = 8;
export const UV_READABLE = 1;
export const UV_WRITABLE = 2;
