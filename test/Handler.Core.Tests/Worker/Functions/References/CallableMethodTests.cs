using System.Buffers;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Handler.Functions;

namespace Handler.Tests.Functions;

/// <summary>
/// Which code a payload can name: functions that a caller could have written, and nothing else of the application or the framework.
/// </summary>
public sealed partial class CallableMethodTests
{
    private const BindingFlags All =
        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>Configured like a silo's workers, whose calls come from other processes.</summary>
    private readonly FunctionLoader worker = new(new FunctionPolicy { AllowedAssemblies = ["Handler.Core.Tests"] });

    [Theory]
    [InlineData(0x0A)] // methods of other assemblies
    [InlineData(0x2B)] // generic methods with their arguments, of any assembly
    public void Only_methods_that_the_module_itself_defines_can_be_named(int table)
    {
        var module = typeof(CallableMethodTests).Module;
        var outside = 0;
        for (var row = 1; row <= RowCount(module, table); row++)
        {
            if (TryResolve(module, (table << 24) | row) is not { } method)
                continue;
            outside += method.Module == module ? 0 : 1;
            foreach (var target in (TargetKind[])[TargetKind.None, TargetKind.FirstArgument])
                Refused(
                    ForgedCall.Of(method) with
                    {
                        Assembly = "Handler.Core.Tests",
                        Version = module.ModuleVersionId,
                        Token = (table << 24) | row,
                        Target = target,
                        Result = typeof(NoValue),
                    });
        }

        Assert.True(outside > 20, $"only {outside} methods of other assemblies were tried");
    }

    [Theory]
    [InlineData(0x00000000)]
    [InlineData(0x01000001)]
    [InlineData(0x02000002)]
    [InlineData(0x04000001)]
    [InlineData(0x06000000)]
    [InlineData(0x06FFFFFF)]
    [InlineData(0x11000001)]
    [InlineData(0x70000001)]
    [InlineData(-1)]
    public void Tokens_that_are_not_methods_are_refused(int token) => Refused(new ForgedCall { Token = token, Name = "X" });

    [Fact]
    public void Every_accepted_method_of_the_application_is_a_lambda_or_an_accessible_static_method()
    {
        var accepted = 0;
        foreach (var type in typeof(CallableMethodTests).Assembly.GetTypes())
        {
            foreach (var method in type.GetMembers(All).OfType<MethodBase>())
            {
                if (type.ContainsGenericParameters
                    || method.ContainsGenericParameters
                    || (
                        method is MethodInfo { ReturnType: var returned }
                        && (returned.IsByRef || returned.IsPointer || returned.IsByRefLike)))
                    continue;
                foreach (var target in Enum.GetValues<TargetKind>())
                {
                    if (!Accepts(ForgedCall.Of(method) with { Target = target, Values = [(byte)ValueKind.Null] })
                        && !Accepts(ForgedCall.Of(method) with { Target = target }))
                        continue;
                    accepted++;
                    var isLambda =
                        method.Name.Contains(">b__", StringComparison.Ordinal) || method.Name.Contains(">g__", StringComparison.Ordinal);
                    Assert.True(
                        isLambda || (method.IsStatic && !method.IsPrivate && !method.IsSpecialName && !IsWithinPrivate(type)),
                        $"{type}.{method} as {target}");
                    Assert.False(method.Attributes.HasFlag(MethodAttributes.PinvokeImpl) || method.IsConstructor, $"{type}.{method}");
                }
            }
        }

        Assert.True(accepted > 100, $"only {accepted} methods were accepted");

        static bool IsWithinPrivate(Type? type)
            => type is not null && (type.IsNestedPrivate || type.IsNestedFamily || IsWithinPrivate(type.DeclaringType));
    }

    /// <summary>
    /// F# makes a class with an Invoke method for each lambda. Object expressions and state machines have classes with such names, too, but
    /// their methods are not lambdas.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void In_FSharp_and_Visual_Basic_only_lambdas_and_static_methods_can_be_functions(bool acceptsPrivate)
    {
        var callable = Callable(typeof(FSharpFunctions.Functions).Assembly, acceptsPrivate);
        foreach (var method in callable)
        {
            var isOfLambda =
                method.DeclaringType is { IsSealed: true } type && type.BaseType == typeof(object) && type.GetInterfaces().Length == 0;
            Assert.True(
                method.DeclaringType!.Name.Contains('@', StringComparison.Ordinal)
                    ? isOfLambda && method.Name == "Invoke"
                    : method is { IsStatic: true, IsSpecialName: false },
                $"{method.DeclaringType}.{method}");
        }

        Assert.Contains(callable, method => method is { Name: "Invoke", IsStatic: true });
        Assert.Contains(callable, method => method is { Name: "Invoke", IsStatic: false });
        Assert.NotNull(
            typeof(FSharpFunctions.Functions).GetNestedTypes(All).Single(type => type.IsClass && type.GetInterface("IRunner") is not null));

        callable = Callable(typeof(VisualBasicFunctions.Functions).Assembly, acceptsPrivate);
        Assert.Contains(callable, method => method.Name.StartsWith("_Lambda$__", StringComparison.Ordinal));
        Assert.All(callable, method =>
            Assert.True(
                method.Name.StartsWith("_Lambda$__", StringComparison.Ordinal) || method is { IsStatic: true, IsSpecialName: false },
                $"{method.DeclaringType}.{method}"));
    }

    [Theory]
    [InlineData("get_Property", "property")]
    [InlineData("op_Addition", "operator")]
    [InlineData("GetParent", "extern")]
    [InlineData("Instance", "neither static")]
    [InlineData("Private", "private")]
    [InlineData("ForNativeCallers", "delegate")]
    public void Methods_that_were_not_written_as_functions_are_refused_with_a_reason(string name, string reason)
        => Assert.Contains(reason, Refused(ForgedCall.Of(Method(typeof(Offer), name))));

    [Fact]
    public void Constructors_are_refused()
    {
        Refused(ForgedCall.Of(typeof(Offer).GetConstructors(All).First(constructor => !constructor.IsStatic)));
        Refused(ForgedCall.Of(typeof(Offer).TypeInitializer!));
    }

    [Fact]
    public void Global_methods_of_a_module_are_refused()
    {
        foreach (var method in typeof(CallableMethodTests).Module.GetMethods(All))
            Refused(ForgedCall.Of(method));
    }

    [Fact]
    public void Public_and_internal_methods_lambdas_and_local_functions_are_accepted()
    {
        Assert.True(Accepts(ForgedCall.Of(Method(typeof(Offer), "Public"))));
        Assert.True(Accepts(ForgedCall.Of(Method(typeof(Offer), "Internal"))));
        Func<int> lambda = static () => 1, local = Local;
        Assert.True(Accepts(ForgedCall.Of(lambda.Method) with { Target = TargetKind.Stateless }));
        Assert.True(Accepts(ForgedCall.Of(local.Method)));

        static int Local() => 2;
    }

    [Fact]
    public void A_captured_delegate_can_refer_only_to_callable_methods()
    {
        Action captured = Offer.Public;
        Func<bool> function = () => captured is null;
        var runner = new LoopbackRunner();
        var call = runner.Encode(new JobFunction<bool>(function));
        var public_ = ForgedCall.Of(Method(typeof(Offer), "Public")).WriteDelegate(typeof(Action));
        var at = call.AsSpan().LastIndexOf(public_);
        Assert.True(at > 0);
        worker.Bind(call);

        foreach (var other in (MethodBase[])
                [
                    Method(typeof(Offer), "Private"),
                    Method(typeof(Offer), "GetParent"),
                    Method(typeof(Offer), "get_Property"),
                    ((Action)GC.Collect).Method,
                ])
            Assert.Throws<FunctionLoadException>(()
                => worker.Bind([
                    .. call.AsSpan(0, at),
                    .. ForgedCall.Of(other).WriteDelegate(typeof(Action)),
                    .. call.AsSpan(at + public_.Length),
                ]));
        Assert.Throws<FunctionLoadException>(()
            => worker.Bind([
                .. call.AsSpan(0, at),
                .. ForgedCall.Of(Method(typeof(Offer), "Public")).WriteDelegate(typeof(List<int>)),
                .. call.AsSpan(at + public_.Length),
            ]));
    }

    [Theory]
    [InlineData(typeof(FileInfo))]
    [InlineData(typeof(System.Diagnostics.Process))]
    [InlineData(typeof(List<FileInfo>))]
    [InlineData(typeof(FileInfo[]))]
    [InlineData(typeof(Func<FileInfo>))]
    [InlineData(typeof(System.Net.Http.HttpClient))]
    public void A_generic_argument_that_is_neither_data_nor_harmless_is_refused(Type argument)
    {
        var create = ForgedCall.Of(Method(typeof(Offer), "Create")) with { Shape = FunctionShape.Void, Result = typeof(NoValue) };
        Assert.Contains("generic argument", Refused(create with { MethodArguments = ForgedCall.Types(argument) }));
        Assert.True(Accepts(create with { MethodArguments = ForgedCall.Types(typeof(Dictionary<string, List<Poco>>)) }));
    }

    [Fact]
    public void Harmless_types_that_are_not_data_can_be_generic_arguments()
    {
        var runner = new LoopbackRunner(options => options.CallersAreElsewhere = true);
        Assert.Equal("IComparer`1", NameOf<IComparer<string>>());
        Assert.Equal("Func`2", NameOf<Func<int, string>>());
        Assert.Equal("IOException", NameOf<IOException>());
        Assert.Equal("Task`1", NameOf<Task<int>>());
        Assert.Equal("Object", NameOf<object>());
        Assert.Contains("FileInfo", Assert.Throws<FunctionNotPortableException>(NameOf<FileInfo>).Message);
        Assert.Equal("FileInfo", new LoopbackRunner().Run(Name<FileInfo>()));

        string NameOf<T>() => runner.Run(Name<T>());

        static Func<string> Name<T>() => static () => typeof(T).Name;
    }

    [Fact]
    public void Too_few_or_too_many_generic_arguments_are_refused()
    {
        var create = ForgedCall.Of(Method(typeof(Offer), "Create")) with { Shape = FunctionShape.Void, Result = typeof(NoValue) };
        Refused(create);
        Refused(create with { MethodArguments = ForgedCall.Types(typeof(int), typeof(int)) });
        Refused(create with { MethodArguments = ForgedCall.Types(typeof(int)), TypeArguments = ForgedCall.Types(typeof(int)) });
        Refused(ForgedCall.Of(Method(typeof(Offer), "Public")) with { MethodArguments = ForgedCall.Types(typeof(int)) });
    }

    [Fact]
    public void A_refusal_of_another_build_does_not_reveal_the_expected_build()
    {
        var message = Refused(ForgedCall.Of(Method(typeof(Offer), "Public")) with { Version = Guid.NewGuid() });
        Assert.Contains("another build", message);
        Assert.DoesNotContain(typeof(Offer).Module.ModuleVersionId.ToString(), message);
        Assert.DoesNotContain("Private", Refused(ForgedCall.Of(Method(typeof(Offer), "Private")) with { Name = "Public" }));
    }

    [Fact]
    public void Private_methods_can_be_jobs_where_callers_are_in_the_same_application()
    {
        Action method = Offer.PrivateOne;
        Assert.NotEmpty(new LoopbackRunner().Encode(new JobFunction<NoValue>(method)));
        new FunctionLoader(new LoopbackRunner().Encoder.Policy).Bind(ForgedCall.Of(method.Method).Write());
    }

    [Fact]
    public void Private_methods_are_refused_before_the_start_if_callers_are_elsewhere()
    {
        var runner = new LoopbackRunner(options => options.CallersAreElsewhere = true);
        var error = Assert.Throws<FunctionNotPortableException>(() => runner.Encode(new JobFunction<NoValue>(Offer.PrivateOne)));
        Assert.Contains("private", error.Message);
        Assert.Contains("() => ", error.Message);
        Assert.NotEmpty(runner.Encode(new JobFunction<NoValue>((Action)(static () => Offer.PrivateOne()))));
        var captured = Offer.PrivateOne;
        Assert.Throws<FunctionNotPortableException>(() => runner.Encode(new JobFunction<NoValue>((Action)(() => captured()))));
        Assert.False(runner.Encoder.Policy.TrustsCallers);
    }

    [Fact]
    public void Extern_methods_are_refused_before_the_start()
    {
        var error = new LoopbackRunner().Refused(Offer.ParentOf);
        Assert.Contains("extern", error.Message);
        Assert.Contains("lambda", error.Message);
    }

    [Fact]
    public void Naming_a_type_does_not_run_its_static_constructor()
    {
        var result = new ArrayBufferWriter<byte>();
        result.WriteByte((byte)ValueKind.Type);
        Handler.Functions.TypeReference.Write(result, typeof(List<>).MakeGenericType(Trapped));
        Assert.Equal(Trapped, new LoopbackRunner().Encoder.ReadResult<Type>(result.WrittenSpan).GetGenericArguments()[0]);
        Assert.False(Sprung);
    }

    private static MethodInfo Method(Type type, string name) => type.GetMethods(All).Single(method => method.Name == name);

    private static MethodBase? TryResolve(Module module, int token)
    {
        try
        {
            return module.ResolveMethod(token, [typeof(int), typeof(int)], [typeof(int), typeof(int)]);
        }
        catch (ArgumentException)
        {
            return null; // the token is a field, or its generic arguments do not fit
        }
    }

    private static unsafe int RowCount(Module module, int table)
        => module.Assembly.TryGetRawMetadata(out var blob, out var length)
            ? new MetadataReader(blob, length).GetTableRowCount((TableIndex)table)
            : throw new InvalidOperationException($"{module} has no metadata.");

    private static List<MethodInfo> Callable(Assembly assembly, bool acceptsPrivate)
        => [
            .. assembly
                .GetTypes()
                .SelectMany(type => type.GetMethods(All))
                .Where(method => CallableMethods.Unsuitable(method, acceptsPrivate) is null),
        ];

    private bool Accepts(ForgedCall call)
    {
        try
        {
            worker.Bind(call.Write());
            return true;
        }
        catch (FunctionLoadException)
        {
            return false;
        }
    }

    private string Refused(ForgedCall call) => Assert.Throws<FunctionLoadException>(() => worker.Bind(call.Write())).Message;

    private static bool Sprung { get; set; }

    private static Type Trapped
        => Type.GetType("Handler.Tests.Functions.CallableMethodTests+Trap, Handler.Core.Tests", throwOnError: true)!;

    private static class Trap
    {
        static Trap() => Sprung = true;
    }

    /// <summary>Methods of every kind.</summary>
    internal sealed partial class Offer
    {
        static Offer() => Property = 1;

        public static int Property { get; set; }

        public static Func<int> ParentOf => GetParent;

        public static Action PrivateOne => Private;

        public static Offer operator +(Offer left, Offer right) => left ?? right;

        public static void Public() => Property++;

        internal static void Internal() => Property++;

        public static int One() => 1;

        public static void Create<T>() => Activator.CreateInstance<T>();

        [UnmanagedCallersOnly]
        public static void ForNativeCallers() => Property++;

        public void Instance() => Property++;

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void Private() => Property++;

        [DllImport("libc", EntryPoint = "getppid")]
        public static extern int GetParent();
    }
}
