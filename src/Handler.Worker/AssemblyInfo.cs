using System.Runtime.CompilerServices;

// Blittable calls into libc need no marshalling stub then, so that ahead-of-time compilation covers them: it halves the worker's start.
[assembly: DisableRuntimeMarshalling]
