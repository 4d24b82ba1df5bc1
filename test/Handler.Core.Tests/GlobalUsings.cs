global using Handler.Processes;
global using Xunit;
