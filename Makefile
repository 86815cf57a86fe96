# Everything a fresh machine needs: `make demo` and `make test`.

export PATH := $(PATH):$(HOME)/.cargo/bin
.PHONY: help demo test tools python

# Where the tests look for an SMTP server that nobody here wrote.
PYTHON = $(or $(CARGO_TARGET_DIR),target)/python

help:
	@echo "make demo   build cordboard and try it; nothing leaves this machine"
	@echo "make test   build it and run every test"

demo: tools
	@echo "Building. The first time compiles OpenSSL and SQLCipher too: allow several minutes; afterwards, seconds."
	@cargo run --locked -- demo

# cargo-nextest where it is there; it runs no doc tests, so those follow. Any failure is make's failure.
test: tools python
	@if cargo nextest --version >/dev/null 2>&1; then \
	    cargo nextest run --locked && cargo test --locked --doc; \
	else \
	    cargo test --locked; \
	fi

python: tools
	@$(PYTHON)/bin/python -c 'import aiosmtpd' 2>/dev/null || { \
	    python3 -m venv $(PYTHON) && $(PYTHON)/bin/pip install -q aiosmtpd==1.4.6; \
	} || { rm -rf $(PYTHON); echo "No aiosmtpd: the tests of mail are skipped, and fail under CI." >&2; }

# Installs what apt can, if it may; else names what is missing and the command to type. Without sshd
# the tests of a desk over SSH say that they were skipped, without zbar those of QR codes.
tools:
	@lacks() { ! command -v "$$1" >/dev/null 2>&1; }; \
	packages() { \
	    lacks cc && printf ' gcc libc6-dev'; \
	    lacks make && printf ' make'; \
	    perl -MIPC::Cmd -MFindBin -e 1 >/dev/null 2>&1 || printf ' perl'; \
	    lacks python3 && printf ' python3'; \
	    python3 -c 'import ensurepip' >/dev/null 2>&1 || printf ' python3-venv'; \
	    lacks tmux && printf ' tmux'; \
	    true; \
	}; \
	wishes() { \
	    lacks ssh && printf ' openssh-client'; \
	    lacks zbarimg && printf ' zbar-tools'; \
	    lacks sshd && ! [ -x /usr/sbin/sshd ] && printf ' openssh-server'; \
	    true; \
	}; \
	need=$$(packages); wish=$$(wishes); \
	if [ -n "$$need$$wish" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    echo "Installing:$$need$$wish"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$need $$wish; \
	    need=$$(packages); \
	fi; \
	stop=0; \
	if [ -n "$$need" ]; then \
	    echo "Missing:$$need. Type: sudo apt-get install$$need" >&2; stop=1; \
	fi; \
	if lacks cargo; then \
	    echo "Missing: cargo, Rust 1.95 or newer. Type: curl --proto '=https' -sSf https://sh.rustup.rs | sh" >&2; stop=1; \
	fi; \
	exit $$stop
