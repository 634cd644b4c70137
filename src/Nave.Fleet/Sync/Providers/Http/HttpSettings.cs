using Nave.Fleet.Sync.Configuration;

namespace Nave.Fleet.Sync.Providers.Http;

/// <summary>The keys that every provider over HTTP has: <c>timeout</c>, <c>callsPerSecond</c>, <c>parallelism</c>, <c>ca</c>.</summary>
internal static class HttpSettings
{
    /// <summary>Reads them.</summary>
    /// <param name="settings">The provider's section.</param>
    /// <param name="callsPerSecond">The default rate.</param>
    public static ProviderTransportOptions Read(ConfigurationSection settings, double callsPerSecond)
    {
        var fallback = new ProviderTransportOptions();
        return new ProviderTransportOptions
        {
            Timeout = settings.Span("timeout", TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10), fallback.Timeout),
            CallsPerSecond = settings.Number("callsPerSecond", 0.01, 10_000, callsPerSecond),
            Parallelism = settings.WholeNumber("parallelism", 1, 64, fallback.Parallelism),
            CaFile = settings.Text("ca"),
        };
    }

    /// <summary>Reads what goes into a header: printable ASCII.</summary>
    public static string Secret(ConfigurationSection settings, string name, params ReadOnlySpan<EnvironmentName> variables)
    {
        var secret = settings.Required(name, variables);
        if (secret.Any(c => c is < '!' or > '~'))
        {
            settings.Report(name, "has a character that is no printable one of ASCII: a line end or a space came along with it.");
        }

        return secret;
    }

    /// <summary>Completes the path of the CA file.</summary>
    public static ProviderTransportOptions In(ProviderTransportOptions options, ProviderContext context) =>
        options.CaFile is { } file ? options with { CaFile = Path.Combine(context.BaseFolder, file) } : options;

    /// <summary>Appends to the path of an address.</summary>
    public static Uri Append(Uri address, string path) => new($"{address.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{path}");
}
