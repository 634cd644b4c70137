using System.Buffers;
using System.Globalization;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Simulation.Files;
using Nave.Fleet.Sync.Providers;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Nave.Fleet.Sync.Configuration;

/// <summary>
/// Reads configurations of syncs. Every entry may hold <c>${NAME}</c> for an environment variable, and most can be left to the variables
/// that the synchronizer was deployed with that Nave replaces; with those, no file is needed at all.
/// </summary>
public static class SyncConfigurationReader
{
    private const string HubVariablePrefix = "iothub_";

    // The schedule of the synchronizer that Nave replaces: every hour. It holds where there is no file.
    private const string HourlySchedule = "0 0 */1 * * *";

    private static readonly TimeSpan s_longestWait = TimeSpan.FromDays(365);
    private static readonly SearchValues<char> s_nameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    private static readonly string[] s_masters = ["external", "hub", "both"];

    /// <summary>Reads a file, or the environment alone.</summary>
    /// <param name="file">The file; <see langword="null"/> = there is none.</param>
    /// <param name="environment">The environment.</param>
    /// <param name="catalog">The kinds of providers.</param>
    /// <exception cref="SyncConfigurationException">It does not describe a sync: all problems.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SyncConfiguration Load(string? file, SyncEnvironment environment, ProviderCatalog catalog) => file is null
        ? Parse(null, null, Environment.CurrentDirectory, environment, catalog)
        : Parse(
            File.ReadAllText(file), Path.GetFileName(file), Path.GetDirectoryName(Path.GetFullPath(file)) ?? Environment.CurrentDirectory, environment, catalog);

    /// <summary>Reads the text of a file.</summary>
    /// <param name="yaml">The text; <see langword="null"/> = the environment alone.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <param name="folder">What relative paths start from.</param>
    /// <param name="environment">The environment.</param>
    /// <param name="catalog">The kinds of providers.</param>
    /// <exception cref="SyncConfigurationException">It does not describe a sync: all problems.</exception>
    public static SyncConfiguration Parse(string? yaml, string? name, string folder, SyncEnvironment environment, ProviderCatalog catalog)
    {
        var problems = new ConfigurationProblems(name);
        var root = new ConfigurationSection(yaml is null ? null : RootOf(yaml, problems), string.Empty, problems, environment);
        var configuration = Read(root, folder, environment, catalog, yaml is not null);
        root.Close();
        problems.ThrowIfAny();
        return configuration with { Notes = problems.Notes };
    }

    private static YamlMappingNode? RootOf(string yaml, ConfigurationProblems problems)
    {
        var stream = new YamlStream();
        try
        {
            YamlGuard.Check(yaml);
            stream.Load(new StringReader(yaml));
        }
        catch (YamlException e)
        {
            problems.Add(e.Start.Line, "this is not YAML, or a name stands twice in a mapping.");
            problems.ThrowIfAny();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException)
        {
            // The library's words for some of what is malformed, without a place.
            problems.Add(1, "this is not YAML.");
            problems.ThrowIfAny();
        }

        switch (stream.Documents)
        {
            case []:
                return null;
            case [{ RootNode: YamlMappingNode mapping }]:
                return mapping;
            case [{ RootNode: YamlScalarNode { Value: null or "" } }]:
                return null;
            default:
                problems.Add(1, "the file is no mapping of names to values.");
                return null;
        }
    }

    private static SyncConfiguration Read(ConfigurationSection root, string folder, SyncEnvironment environment, ProviderCatalog catalog, bool hasFile)
    {
        var enabled = root.Flag("enabled", true, "ioTHubSynchronizerEnabled");
        var (providerName, create) = ReadProvider(root.Section("provider"), catalog);
        var master = root.Choice("master", s_masters, "external");
        if (environment.Get("useJobToExportIoTHubDevices") is not null)
        {
            root.Note("useJobToExportIoTHubDevices has no effect: the hub's devices are read by a query, page by page.");
        }

        var (storeFolder, storeDatabase) = StoreSectionReader.Read(root.Section("store"), folder);
        return new SyncConfiguration
        {
            Name = ReadName(root, providerName),
            Hub = ReadHub(root.Section("hub"), folder, "iothub"),
            NamedHubs = ReadNamedHubs(root, folder, environment),
            ProviderName = providerName,
            CreateProvider = create,
            Master = master switch { "hub" => SyncMaster.Hub, "both" => SyncMaster.Both, _ => SyncMaster.External },
            FieldOwners = ReadOwners(root, master),
            Schedule = enabled ? root.Text("schedule") ?? (hasFile ? null : HourlySchedule) : Ignored(root),
            Guards = ReadGuards(root.Section("guards")),
            JobThreshold = root.WholeNumber("devicesChangeJobThreshold", 0, int.MaxValue, 100, "devicesChangeJobThreshold"),
            Retry = ReadRetry(root.Section("retry")),
            Facade = ReadFacade(root.Section("facade")),
            Webhooks = ReadWebhooks(root.Section("webhooks")),
            Listen = root.Address("listen") ?? new Uri("http://localhost:8585"),
            Serve = ServeSectionReader.ReadServe(root.Section("serve"), folder),
            Realtime = ServeSectionReader.ReadRealtime(root.Section("realtime")),
            StoreFolder = storeFolder,
            StoreDatabase = storeDatabase,
            BaseFolder = folder,
        };
    }

    private static string? Ignored(ConfigurationSection root)
    {
        _ = root.Has("schedule");
        return null;
    }

    private static (string Name, Func<ProviderContext, IDeviceProvider> Create) ReadProvider(ConfigurationSection section, ProviderCatalog catalog)
    {
        var name = section.Text("name", "externalSystemName") ?? (section.IsPresent ? section.Required("name") : "actility");
        if (catalog.Find(name) is { } factory)
        {
            var create = factory.Read(section);
            section.Close();
            return (factory.Name, create);
        }

        if (name.Length > 0)
        {
            section.Report("name", $"is '{name}'; {string.Join(", ", catalog.Names)} are permitted.");
        }

        return (name, _ => throw new InvalidOperationException("The configuration was refused."));
    }

    private static string ReadName(ConfigurationSection root, string providerName)
    {
        var name = root.Text("name") ?? providerName;
        if (name.Length > 64 || name.AsSpan().ContainsAnyExcept(s_nameCharacters))
        {
            root.Report("name", $"is '{name}'; 1 to 64 letters, digits, - and _ are permitted.");
        }

        return name;
    }

    private static HubSettings ReadHub(ConfigurationSection section, string folder, string variable)
    {
        var text = section.Required("connectionString", variable);
        if (!IotHubConnectionString.TryParse(text, out var connection, out var error))
        {
            if (text.Length > 0)
            {
                section.Report("connectionString", $"cannot be used. {error}");
            }
        }
        else if (connection.DeviceId is not null)
        {
            section.Report("connectionString", "is a device's; one with SharedAccessKeyName is needed.");
        }

        var settings = new HubSettings
        {
            Connection = connection ?? new IotHubConnectionString { HostName = string.Empty },
            Endpoint = ReadEndpoint(section),
            CaFile = section.Text("ca") is { } ca ? Path.GetFullPath(ca, folder) : null,
            JobContainer = ReadContainer(section),
        };
        section.Close();
        return settings;
    }

    private static ClientEndpoint ReadEndpoint(ConfigurationSection section)
    {
        if (section.Text("endpoint") is not { } text)
        {
            return new ClientEndpoint();
        }

        var colon = text.LastIndexOf(':');
        if (colon < 0)
        {
            return new ClientEndpoint { Host = text };
        }

        if (colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535)
        {
            return new ClientEndpoint { Host = text[..colon].Trim('[', ']'), Port = port };
        }

        section.Report("endpoint", $"is '{text}'; HOST or HOST:PORT with a port from 1 to 65535 is permitted.");
        return new ClientEndpoint();
    }

    private static Uri? ReadContainer(ConfigurationSection section)
    {
        if (section.Text("jobContainer") is not { } text)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme is "https" or "http" || uri.IsFile))
        {
            return uri;
        }

        section.Report("jobContainer", "is no address; the SAS URI of a container, or file:///folder, is permitted.");
        return null;
    }

    private static Dictionary<string, HubSettings> ReadNamedHubs(ConfigurationSection root, string folder, SyncEnvironment environment)
    {
        var hubs = new Dictionary<string, HubSettings>(StringComparer.OrdinalIgnoreCase);
        var section = root.Section("hubs");
        foreach (var name in section.Names())
        {
            hubs[name] = ReadHub(section.Section(name), folder, HubVariablePrefix + name);
        }

        foreach (var variable in environment.Names().Where(variable => variable.StartsWith(HubVariablePrefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            var name = variable[HubVariablePrefix.Length..];
            if (name.Length > 0 && !hubs.ContainsKey(name))
            {
                hubs[name] = ReadHub(section.Section(name), folder, variable);
            }
        }

        return hubs;
    }

    private static Dictionary<string, SyncMaster> ReadOwners(ConfigurationSection root, string master)
    {
        var owners = new Dictionary<string, SyncMaster>(StringComparer.Ordinal);
        var section = root.Section("fields");
        foreach (var field in section.Names())
        {
            owners[field] = section.Choice(field, ["external", "hub"], "external") == "hub" ? SyncMaster.Hub : SyncMaster.External;
        }

        if (owners.Count > 0 && master != "both")
        {
            root.Report("fields", $"says who owns which field, but 'master' is {master}; it is of use with both only.");
        }

        return owners;
    }

    private static GuardSettings ReadGuards(ConfigurationSection section)
    {
        var guards = new GuardSettings
        {
            MaxDeletePercent = section.Number("maxDeletePercent", 0, 100, 10),
            ConfirmDeletes = section.Flag("confirmDeletes", true),
        };
        section.Close();
        return guards;
    }

    private static RetrySettings ReadRetry(ConfigurationSection section)
    {
        var defaults = new RetrySettings();
        var job = section.Section("importJob");
        var settings = new RetrySettings
        {
            TwinCheck = ReadSchedule(
                section, "twinCheck", defaults.TwinCheck, TimeSpan.FromSeconds(10),
                ["twinCheckIntervalInSeconds"], ["twinCheckMaxIntervalInSeconds"], ["twinCheckMaxRetryCount"], [EnvironmentName.Minutes("twinCheckRetryTimeoutInMinutes")]),
            ExternalCall = ReadSchedule(
                section, "externalCall", defaults.ExternalCall, TimeSpan.FromSeconds(30),
                ["externalSystemCallRetryIntervalInSeconds", "externalSystemDeviceCreationIntervalInSeconds"],
                ["externalSystemCallMaxIntervalInSeconds", "externalSystemDeviceCreationMaxIntervalInSeconds"],
                ["externalSystemCallMaxRetryCount", "externalSystemDeviceCreationMaxRetryCount"],
                [EnvironmentName.Minutes("externalSystemCallRetryTimeoutInMinutes"), EnvironmentName.Minutes("externalSystemDeviceCreationRetryTimeoutInMinutes")]),
            ImportJobInterval = job.Span(
                "interval", TimeSpan.FromSeconds(1), s_longestWait, defaults.ImportJobInterval, "retryIntervalForIoTHubImportJobInSeconds"),
            ImportJobAttempts = job.WholeNumber("attempts", 1, int.MaxValue, defaults.ImportJobAttempts, "retryAttemptsForIoTHubImportJob"),
        };
        job.Close();
        section.Close();
        return settings;
    }

    private static RetrySchedule ReadSchedule(
        ConfigurationSection retry,
        string name,
        RetrySchedule defaults,
        TimeSpan floor,
        ReadOnlySpan<EnvironmentName> first,
        ReadOnlySpan<EnvironmentName> longest,
        ReadOnlySpan<EnvironmentName> count,
        ReadOnlySpan<EnvironmentName> timeout)
    {
        var section = retry.Section(name);
        var schedule = new RetrySchedule(
            section.Span("interval", floor, s_longestWait, defaults.First, first),
            section.Span("maxInterval", TimeSpan.FromSeconds(60), s_longestWait, defaults.Longest, longest),
            section.WholeNumber("maxCount", 0, int.MaxValue, defaults.MaxCount, count),
            section.Span("timeout", TimeSpan.FromMinutes(1), s_longestWait, defaults.Timeout, timeout));
        if (schedule.First > schedule.Longest)
        {
            section.Report("interval", "is longer than 'maxInterval'.");
        }

        section.Close();
        return schedule;
    }

    private static FacadeSettings ReadFacade(ConfigurationSection section)
    {
        var keys = new List<FacadeKey>();
        foreach (var entry in section.Sections("keys"))
        {
            keys.Add(new FacadeKey(entry.Text("name") ?? $"key{keys.Count + 1}", ReadSecret(entry, "key"), entry.Texts("hubs")));
            entry.Close();
        }

        var settings = new FacadeSettings
        {
            Enabled = section.Flag("enabled", keys.Count > 0, "iothubfacadeEnabled") && keys.Count > 0,
            UseSoftDelete = section.Flag("softDelete", false, "iotHubFacadeUseSoftDelete"),
            Keys = keys,
        };
        if (keys.Count == 0 && section.IsPresent && section.Flag("enabled", false))
        {
            section.Report("keys", "is needed: the façade is never anonymous.");
        }

        section.Close();
        return settings;
    }

    private static WebhookSettings ReadWebhooks(ConfigurationSection section)
    {
        var azureAd = section.Section("azureAd");
        var settings = new WebhookSettings
        {
            SharedSecrets = section.Texts("sharedSecret"),
            AzureAdTenant = azureAd.Text("tenant"),
            AzureAdAudience = azureAd.Text("audience"),
            AzureAdClients = azureAd.Texts("clients"),
        };
        if ((settings.AzureAdTenant is null) != (settings.AzureAdAudience is null))
        {
            section.Report("azureAd", "needs both 'tenant' and 'audience'.");
        }

        foreach (var secret in settings.SharedSecrets)
        {
            if (secret.Length < 16)
            {
                section.Report("sharedSecret", $"has {secret.Length} characters; 16 or more are permitted.");
            }
        }

        azureAd.Close();
        var canCheck = settings.SharedSecrets.Count > 0 || settings.AzureAdTenant is not null;
        var enabled = section.Flag("enabled", canCheck);
        if (enabled && !canCheck)
        {
            section.Report("enabled", "is true; then 'sharedSecret' or 'azureAd' is needed, for deliveries are never anonymous.");
        }

        section.Close();
        return settings with { Enabled = enabled };
    }

    private static string ReadSecret(ConfigurationSection section, string name)
    {
        var secret = section.Required(name);
        if (secret.Length is > 0 and < 16)
        {
            section.Report(name, $"has {secret.Length} characters; 16 or more are permitted.");
        }

        return secret;
    }
}
