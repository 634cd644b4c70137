using System.Security.Cryptography;
using System.Text.Json;
using Nave.Hub.Security;
using Nave.Hub.Telemetry;

namespace Nave.Hub.Hosting;

/// <summary>Reads and writes <c>hub.json</c>.</summary>
internal static class HubSettingsFile
{
    public const string FileName = "hub.json";

    private const int Format = 1;

    public static void Write(string folder, HubSettings settings, KeyProtector protector)
    {
        var definition = settings.Definition;
        var document = new HubSettingsDocument
        {
            Format = Format,
            HostName = definition.HostName,
            Aliases = definition.Aliases.Count > 0 ? definition.Aliases : null,
            Standby = definition.Standby ? true : null,
            Created = settings.Created,
            Partitions = definition.Partitions,
            Tier = definition.Tier,
            RetentionTime = definition.RetentionTime,
            RetentionBytes = definition.RetentionBytes,
            DeviceSendsPerSecond = definition.DeviceSendsPerSecond,
            EventSources = (int)definition.EventSources,
            Policies =
            [
                .. settings.Policies.Select(policy => new HubSettingsDocument.PolicyDocument
                {
                    Name = policy.Name,
                    Rights = (int)policy.Rights,
                    Keys = protector.ProtectPair(policy.Primary, policy.Secondary, OwnerOf(definition.HostName, policy.Name)),
                }),
            ],
        };
        DurableFile.Write(
            Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(document, HubSettingsJson.Default.HubSettingsDocument));
    }

    /// <summary>Reads the settings of a hub.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, of a later format, or was encrypted with another key.</exception>
    public static HubSettings Read(string folder, KeyProtector protector)
    {
        var path = Path.Combine(folder, FileName);
        return Decode(File.ReadAllBytes(path), path, protector);
    }

    /// <summary>Reads the content of the file.</summary>
    /// <param name="json">The content.</param>
    /// <param name="path">Where it came from, for messages.</param>
    /// <param name="protector">What decrypts the keys.</param>
    /// <exception cref="InvalidDataException">It is damaged, of a later format, or was encrypted with another key.</exception>
    internal static HubSettings Decode(ReadOnlySpan<byte> json, string path, KeyProtector protector)
    {
        try
        {
            var document = JsonSerializer.Deserialize(json, HubSettingsJson.Default.HubSettingsDocument)
                ?? throw new InvalidDataException($"{path} is empty.");
            if (document.Format != Format)
            {
                throw new InvalidDataException($"{path} has format {document.Format}; this program reads {Format}.");
            }

            var definition = new HubDefinition
            {
                HostName = document.HostName,
                Aliases = document.Aliases ?? [],
                Standby = document.Standby ?? false,
                Partitions = document.Partitions,
                Tier = document.Tier,
                RetentionTime = document.RetentionTime,
                RetentionBytes = document.RetentionBytes,
                DeviceSendsPerSecond = document.DeviceSendsPerSecond,
                EventSources = (HubEventSources?)document.EventSources ?? HubEventSources.All,
            };
            if (HubNames.Check(definition) is { } problem)
            {
                throw new InvalidDataException($"{path} is not valid: {problem.Message}");
            }

            return new HubSettings(definition, document.Created, [.. document.Policies.Select(policy => Decrypt(document.HostName, policy, protector))]);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not valid.", e);
        }
        catch (CryptographicException e)
        {
            throw new InvalidDataException($"The keys in {path} do not open with this data folder's key file.", e);
        }
    }

    private static SharedAccessPolicy Decrypt(string hostName, HubSettingsDocument.PolicyDocument? policy, KeyProtector protector)
    {
        // The serializer checks properties for null, but not the items of a list.
        if (policy is null)
        {
            throw new JsonException("A policy is null.");
        }

        var (primary, secondary) = protector.UnprotectPair(policy.Keys, OwnerOf(hostName, policy.Name));
        return new SharedAccessPolicy(policy.Name, (AccessRights)policy.Rights, primary, secondary);
    }

    private static string OwnerOf(string hostName, string policy) => $"policy\n{hostName}\n{policy}";
}
