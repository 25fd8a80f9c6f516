# The blocks of a Markdown file that are to be compiled, with their places in it for the compiler's messages.
/^```cpp compile/ { on = 1; printf "#line %d \"%s\"\n", FNR + 1, FILENAME; next }
/^```/ { on = 0 }
on { print }
on && /^int main\(/ { has_main = 1 }
END { if (!has_main) print "int main() {}" }
