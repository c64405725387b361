# shellcheck shell=bash
# bash completion of tcpv4connect

_tcpv4connect_reply()
{
	mapfile -t COMPREPLY < <(compgen "$@" -- "$word")
}

# The last of some values with commas between them.
_tcpv4connect_list()
{
	local before=

	[[ $word != *,* ]] || before=${word%,*},
	word=${word##*,}
	_tcpv4connect_reply -P "$before" "$@"
}

_tcpv4connect_files()
{
	compopt -o filenames
	_tcpv4connect_reply -f
}

# Bash makes a word of each = in the line, as COMP_WORDBREAKS has it.
_tcpv4connect()
{
	local word=${COMP_WORDS[COMP_CWORD]}
	local option=${COMP_WORDS[COMP_CWORD - 1]}
	local options="
		-h --help -t --timestamp -p --pid
		-P --port -u --uid --cgroupmap --mntnsmap -x --failed
		-T --time -U --print-uid -L --lport -d --dns -j --json --raw
		-c --count --interval
		--duration --max-events -w --write -r --read --check --ebpf
		--global-pipe --original --kernel-headers --maxactive
		-v --verbose -V --version"

	COMPREPLY=()
	if [[ $word = = ]]; then
		word=
	elif [[ $option = = ]]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	case $option in
	-p | --pid) _tcpv4connect_list -W "$(cd /proc && echo [1-9]*)" ;;
	-u | --uid) _tcpv4connect_reply -W "$(getent passwd | cut -d: -f3)" ;;
	-w | --write | -r | --read | --cgroupmap | --mntnsmap)
		_tcpv4connect_files ;;
	-P | --port | --interval | --duration | --max-events | --maxactive) ;;
	*) [[ $word != -* ]] || _tcpv4connect_reply -W "$options" ;;
	esac
}

complete -F _tcpv4connect tcpv4connect
