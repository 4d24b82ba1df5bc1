using System.Buffers;
using System.Text;
using Handler.Functions;

namespace Handler.Tests.Functions;

/// <summary>A worker runs only functions of allowed assemblies, and creates only types that are plain data.</summary>
public sealed class FunctionPolicyTests
{
    private readonly LoopbackRunner runner = new();

    [Fact]
    public void The_application_s_own_assemblies_are_allowed_and_no_others()
    {
        var allowed = runner.Encoder.Policy.AllowedAssemblies;
        Assert.Contains("Handler.Core.Tests", allowed);
        Assert.DoesNotContain("Handler.Core", allowed);
        Assert.DoesNotContain("Handler.Worker", allowed);
        Assert.DoesNotContain(allowed, name =>
            name.StartsWith("System", StringComparison.Ordinal) || name.StartsWith("xunit", StringComparison.Ordinal));
    }

    [Fact]
    public void Projects_in_a_deps_file_are_identified_by_the_names_of_their_assembly_files()
    {
        var deps = """
            { "targets": { "net": {
                "App/1.0": { "runtime": { "App.dll": {} } },
                "Project.Folder/1.0": { "runtime": { "Real.Name.dll": {} } },
                "Package/1.0": { "runtime": { "lib/Package.dll": {} } } } },
              "libraries": {
                "App/1.0": { "type": "project" },
                "Project.Folder/1.0": { "type": "project" },
                "Package/1.0": { "type": "package" } } }
            """;
        Assert.Equal(["App", "Real.Name"], ApplicationAssemblies.ReadProjects(Encoding.UTF8.GetBytes(deps)));
    }

    [Fact]
    public void Functions_of_the_framework_are_refused()
    {
        var error = runner.Refused(Environment.GetEnvironmentVariables);
        Assert.Contains("System.Private.CoreLib", error.Message);
        Assert.Contains("lambda of your own", error.Message);
    }

    [Fact]
    public void Functions_of_packages_are_refused_until_they_are_allowed()
    {
        Func<object> package = PackageMethods.InPackage();
        var error = runner.Refused(package);
        Assert.Contains("xunit.assert", error.Message);
        Assert.Contains("AllowedAssemblies", error.Message);
        var allowing = new LoopbackRunner(options => options.AllowedAssemblies.Add("xunit.assert"));
        Assert.NotEmpty(allowing.Encode(new JobFunction<object>(package)));
    }

    [Theory]
    [InlineData("System.Private.CoreLib")]
    [InlineData("System.Diagnostics.Process")]
    [InlineData("Handler.Worker")]
    [InlineData("Microsoft.Extensions.Options")]
    [InlineData(" ")]
    public void Framework_assemblies_cannot_be_allowed(string name)
    {
        var error = Assert.Throws<ArgumentException>(() => new LoopbackRunner(options => options.AllowedAssemblies.Add(name)));
        Assert.Contains($"\"{name}\"", error.Message);
    }

    [Fact]
    public void A_worker_refuses_assemblies_that_its_own_policy_does_not_allow()
    {
        var call = runner.Encode(new JobFunction<int>((Func<int>)(() => 1)));
        var strict = new FunctionLoader(new FunctionPolicy { AllowedAssemblies = ["Somebody.Else"] });
        var error = Assert.Throws<FunctionLoadException>(() => strict.Bind(call));
        Assert.Contains("Handler.Core.Tests", error.Message);
        Assert.Contains("AllowedAssemblies", error.Message);
    }

    [Fact]
    public void A_worker_refuses_framework_methods_even_if_its_policy_allows_them()
    {
        var careless = new FunctionLoader(new FunctionPolicy { AllowedAssemblies = ["System.Private.CoreLib"] });
        var target = new ArrayBufferWriter<byte>();
        target.WriteByte((byte)FunctionReferenceKind.Job);
        target.WriteByte((byte)FunctionShape.Void);
        TypeReference.Write(target, typeof(NoValue));
        FunctionPlan.WriteTarget(target, ((Action)GC.Collect).Method, TargetKind.None, null);
        var call = new ArrayBufferWriter<byte>();
        call.WriteBlock(target.WrittenSpan);
        Assert.Contains("framework", Assert.Throws<FunctionLoadException>(() => careless.Bind(call.WrittenSpan)).Message);
    }

    [Fact]
    public void A_call_of_another_build_is_refused_with_advice()
    {
        var call = runner.Encode(new JobFunction<int>((Func<int>)(() => 1)));
        var version = typeof(FunctionPolicyTests).Module.ModuleVersionId.ToByteArray();
        var at = call.AsSpan().IndexOf(version);
        Assert.True(at > 0);
        call[at] ^= 1;
        var error = Assert.Throws<FunctionLoadException>(() => runner.Bind(call));
        Assert.Contains("another build", error.Message);
        Assert.Contains("[JobFunction", error.Message);
    }

    [Theory]
    [InlineData(typeof(FileInfo))]
    [InlineData(typeof(System.Diagnostics.Process))]
    [InlineData(typeof(List<FileInfo>))]
    [InlineData(typeof(UriBuilder))]
    [InlineData(typeof(Xunit.Sdk.XunitException))]
    public void A_payload_cannot_name_a_type_that_is_not_plain_data(Type type)
    {
        object captured = "placeholder";
        Func<bool> function = () => captured == null;
        var call = runner.Encode(new JobFunction<bool>(function));
        var text = new ArrayBufferWriter<byte>();
        text.WriteByte((byte)ValueKind.Typed);
        TypeReference.Write(text, typeof(string));
        var at = call.AsSpan().LastIndexOf(text.WrittenSpan);
        Assert.True(at > 0);

        var forged = new ArrayBufferWriter<byte>();
        forged.Write(call.AsSpan(0, at));
        forged.WriteByte((byte)ValueKind.Typed);
        TypeReference.Write(forged, type);
        forged.WriteByte((byte)ValueKind.Serialized);
        forged.WriteBlock("{}"u8);
        var error = Assert.Throws<FunctionLoadException>(() => runner.Bind(forged.WrittenSpan));
        Assert.Contains("AllowedAssemblies", error.Message);
    }

    [Fact]
    public void A_type_name_cannot_bring_in_other_types()
    {
        var gate = new TypeGate(["Handler.Core.Tests"]);
        Assert.Throws<FunctionLoadException>(()
            => gate.Resolve("System.Private.CoreLib", "System.Collections.Generic.List`1[[Evil.Type, Evil]]"));
        Assert.Throws<FunctionLoadException>(() => gate.Resolve("xunit.assert", "Xunit.Assert"));
        Assert.Throws<FunctionLoadException>(() => gate.Resolve("No.Such.Assembly", "X"));
    }

    private static class PackageMethods
    {
        /// <summary>Any static, parameterless function of a package.</summary>
        public static Func<object> InPackage()
        {
            foreach (var type in typeof(Assert).Assembly.GetTypes())
            {
                foreach (var method in type.GetMethods(
                        System.Reflection.BindingFlags.Static
                            | System.Reflection.BindingFlags.Public
                            | System.Reflection.BindingFlags.NonPublic))
                {
                    if (!type.ContainsGenericParameters
                        && !method.IsGenericMethod
                        && !method.IsSpecialName
                        && method.GetParameters().Length == 0
                        && !method.ReturnType.IsValueType
                        && method.ReturnType != typeof(void))
                        return method.CreateDelegate<Func<object>>();
                }
            }

            throw new InvalidOperationException("xunit.assert has no such method any more; take another package.");
        }
    }
}
