using System.Runtime.InteropServices;

namespace Handler.Platform;

/// <summary>One instruction of a seccomp filter: the kernel's <c>struct sock_filter</c>.</summary>
/// <param name="Code">What it does.</param>
/// <param name="IfTrue">How many instructions a jump skips if its condition is true.</param>
/// <param name="IfFalse">How many it skips otherwise.</param>
/// <param name="Operand">Its operand.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct FilterInstruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand);
