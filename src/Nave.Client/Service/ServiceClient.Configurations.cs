using System.Globalization;
using Nave.Api;

namespace Nave.Client;

/// <content>Configurations of many devices and IoT Edge deployments.</content>
public sealed partial class ServiceClient
{
    /// <summary>Gets a configuration with its metrics.</summary>
    /// <returns><see langword="null"/> if there is none.</returns>
    public async Task<Configuration?> GetConfigurationAsync(string id, CancellationToken cancellationToken = default)
    {
        try
        {
            return await GetAsync(ConfigurationPath(id), string.Empty, ApiJson.Default.Configuration, cancellationToken).ConfigureAwait(false);
        }
        catch (HubException e) when (e.HttpStatus == 404)
        {
            return null;
        }
    }

    /// <summary>Lists configurations with their metrics.</summary>
    /// <param name="top">At most so many; a hub has at most 100.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<IReadOnlyList<Configuration>> ListConfigurationsAsync(int top = 100, CancellationToken cancellationToken = default) =>
        GetAsync("configurations", string.Create(CultureInfo.InvariantCulture, $"&top={top}"), ApiJson.Default.IReadOnlyListConfiguration, cancellationToken);

    /// <summary>Creates a configuration.</summary>
    /// <exception cref="HubException">409401 if it exists, 400401 (condition), 400402 (content), 400404 (metrics), 413101.</exception>
    public Task<Configuration> CreateConfigurationAsync(Configuration configuration, CancellationToken cancellationToken = default) =>
        PutConfigurationAsync(configuration, etag: null, cancellationToken);

    /// <summary>Changes labels, condition, priority and metrics of a configuration; its content cannot be changed.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="etag">The etag that it must have; <see langword="null"/> = any.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="HubException">404301, 412001, 400401, 400403 (another content), 400404.</exception>
    public Task<Configuration> UpdateConfigurationAsync(Configuration configuration, string? etag = null, CancellationToken cancellationToken = default) =>
        PutConfigurationAsync(configuration, etag ?? "*", cancellationToken);

    /// <summary>Deletes a configuration.</summary>
    /// <param name="id">Which.</param>
    /// <param name="etag">The etag that it must have; <see langword="null"/> = any.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="HubException">404301, 412001.</exception>
    public Task DeleteConfigurationAsync(string id, string? etag = null, CancellationToken cancellationToken = default) =>
        _http.SendAsync(new HubCall(HttpMethod.Delete, ConfigurationPath(id)).IfMatch(etag ?? "*"), cancellationToken);

    /// <summary>Tries a target condition and metric queries, without an effect.</summary>
    public async Task<ConfigurationQueriesTestResponse> TestConfigurationQueriesAsync(
        ConfigurationQueriesTestInput input, CancellationToken cancellationToken = default)
    {
        var call = new HubCall(HttpMethod.Post, "configurations/testQueries")
        {
            Body = Serialize(input, ApiJson.Wire.ConfigurationQueriesTestInput),
            IsIdempotent = true,
        };
        var answer = await _http.SendAsync(call, cancellationToken).ConfigureAwait(false);
        return Deserialize(answer.Body, ApiJson.Default.ConfigurationQueriesTestResponse);
    }

    /// <summary>Applies content to one device, once; modulesContent needs an edge device.</summary>
    /// <exception cref="HubException">404001, 400402.</exception>
    public Task ApplyConfigurationContentAsync(string deviceId, ConfigurationContent content, CancellationToken cancellationToken = default) =>
        _http.SendAsync(
            new HubCall(HttpMethod.Post, $"devices/{Escape(deviceId)}/applyConfigurationContent")
            {
                Body = Serialize(content, ApiJson.Wire.ConfigurationContent),
                IsIdempotent = true,
            },
            cancellationToken);

    private static string ConfigurationPath(string id) => $"configurations/{Escape(id)}";

    private async Task<Configuration> PutConfigurationAsync(Configuration configuration, string? etag, CancellationToken cancellationToken)
    {
        var call = new HubCall(HttpMethod.Put, ConfigurationPath(configuration.Id ?? string.Empty))
        {
            Body = Serialize(configuration, ApiJson.Wire.Configuration),
            IsIdempotent = etag == "*",
        };
        var answer = await _http.SendAsync(call.IfMatch(etag), cancellationToken).ConfigureAwait(false);
        return Deserialize(answer.Body, ApiJson.Default.Configuration);
    }
}
