# Fails where a block of C++ has more lines than the block of Python before it.
/^```python/ { counts = "python"; python = 0; next }
/^```cpp/ { counts = waits ? "cpp" : ""; cpp = 0; next }
/^```/ {
  if (counts == "cpp" && cpp > python) {
    print title ": " cpp " lines of C++ for " python " of Python"
    failed = 1
  }
  compared += counts == "cpp"
  waits = counts == "python"
  counts = ""
  next
}
/^## / { title = substr($0, 4) }
/[^ ]/ { if (counts == "python") ++python; else if (counts == "cpp") ++cpp }
END { exit failed || compared != 10 }
