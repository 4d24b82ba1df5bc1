global using Handler.Shared;
global using Xunit;
